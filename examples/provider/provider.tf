terraform {
  required_providers {
    csbs = {
      source  = "tcloudpublic/csbs"
      version = "~> 0.1"
    }
  }
}

# Address and credentials come from the environment: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_DOMAIN_NAME, OS_PROJECT_NAME,
# or OS_CLOUD for an entry of clouds.yaml. Secrets stay out of files and plans that way.
provider "csbs" {
  region = "eu-de"
}

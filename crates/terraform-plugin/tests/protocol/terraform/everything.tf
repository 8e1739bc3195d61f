resource "example_everything" "all" {
  name     = "all"
  number   = 0.1
  bool     = true
  list     = ["a", "b"]
  set      = ["y", "x"]
  map      = { k = "v", l = "w" }
  object   = { a = "text", b = 12345678901234567890.5 }
  tuple    = ["one", 2]
  any      = { deep = [1, "two", { three = true }] }
  password = "hidden"
  nested   = { name = "single" }
  nested_list = [
    { name = "first" },
    { name = "second" },
  ]
  nested_set = [
    { name = "p" },
    { name = "q" },
  ]
  nested_map = {
    key = { name = "in a map" }
  }
  single_block {
    name = "single"
  }
  optional_block {
    name = "optional"
  }
  list_block {
    name = "first"
  }
  list_block {
    name = terraform_data.later.output
  }
  set_block {
    name = "p"
  }
  set_block {
    name = "q"
  }
  map_block "k" {
    name = "in a map"
  }
  group_block {
    name = "group"
  }
}

resource "example_everything" "little" {
  name   = "little ${terraform_data.later.output}"
  number = 18446744073709551615
  any    = null
}

resource "terraform_data" "later" {
  input = "soon"
}

data "example_greeting" "known" {
  name = "you"
  any  = [1, 2.5]
}

data "example_greeting" "later" {
  name = terraform_data.later.output
}

output "id" {
  value = example_everything.all.id
}

output "nested" {
  value = join(",", sort([for e in example_everything.all.nested_set : e.id]))
}

output "greeting" {
  value = "${data.example_greeting.known.greeting} ${data.example_greeting.later.greeting}"
}

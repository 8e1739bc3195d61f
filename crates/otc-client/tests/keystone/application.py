"""What gunicorn serves.

Keystone parses the command line of its process when it is imported, and gunicorn's options are not its own: they are hidden first.
"""

import sys
import warnings

warnings.simplefilter("ignore")
sys.argv[1:] = []

from keystone.wsgi import api  # noqa: E402

application = api.application

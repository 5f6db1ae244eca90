"""How gunicorn serves: it reads this file by itself, and not the server section of an ini file."""

import os

bind = f"{os.environ.get('QIS_SERVER_HOST', '127.0.0.1')}:{os.environ.get('QIS_SERVER_PORT', '6900')}"
workers = int(os.environ.get("QIS_SERVER_WORKERS", "2"))
threads = int(os.environ.get("QIS_SERVER_THREADS", "8"))
worker_class = "gthread"
# It would open a socket in the home folder, which a service may not have.
control_socket_disable = True

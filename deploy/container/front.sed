# Makes of deploy/nginx/qis.conf what the compose file's nginx needs: its two nodes, its certificate, and a log that the engine keeps.
s|server 127\.0\.0\.1:6900 |server web1:6900 |
s|# server 10\.0\.0\.22:6900 |server web2:6900 |
s|/etc/ssl/certs/qis\.pem|/etc/ssl/qis/qis.pem|
s|/etc/ssl/private/qis\.key|/etc/ssl/qis/qis.key|
s|/var/log/nginx/qis\.log|/dev/stdout|

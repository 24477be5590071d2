# A release archive in an image. `make release` has to run on a system whose C library is not newer than
# this image's, such as Debian 12. The data is in /data. The settings are those of docs/operations.md, in a
# file without quotes: Docker would take them as a part of the value.
#
#   docker build -t latchkey .
#   docker run --stop-timeout 40 -p 3000:3000 -v latchkey:/data --env-file latchkey.env latchkey
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /data latchkey
ADD dist/latchkey.tar.gz /opt/
WORKDIR /opt/latchkey
USER latchkey
VOLUME /data
ENV LEPTOS_SITE_ADDR=0.0.0.0:3000 DATABASE_URL=sqlite:///data/latchkey.db LOG_FORMAT=json
EXPOSE 3000
ENTRYPOINT ["/opt/latchkey/latchkey"]

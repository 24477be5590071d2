# A release archive, made by `make release`, in an image. Data is in /data.
#
#   docker build -t latchkey .
#   docker run --stop-timeout 40 -p 3000:3000 -v latchkey:/data -e PASSKEY_RP_ID=… -e PASSKEY_ORIGIN=https://… latchkey
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

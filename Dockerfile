# Two images from one file: `docker build --target api .` and `docker build --target worker .`
#
# Pinning the base image by digest is left to whoever deploys: --build-arg BASE=python:3.11-slim@sha256:…
# The locks are for Python 3.11, and the paths below name it too.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
# Only for strip; its version does not reach the images.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --no-install-recommends --yes binutils && rm -rf /var/lib/apt/lists/*
COPY requirements/ /build/requirements/
COPY scripts/slim.sh /build/scripts/
WORKDIR /build

FROM build AS api-packages
RUN python -m venv --without-pip /opt/venv \
    && pip --no-cache-dir --python /opt/venv/bin/python install --require-hashes -r requirements/api.txt \
    && sh scripts/slim.sh /opt/venv

FROM build AS worker-packages
RUN python -m venv --without-pip /opt/venv \
    && pip --no-cache-dir --python /opt/venv/bin/python install --require-hashes -r requirements/worker.txt \
    && sh scripts/slim.sh /opt/venv

FROM ${BASE} AS runtime
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin prashna
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/srv/prashna \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The root file system may be read-only: nothing is written but to the database.
WORKDIR /srv/prashna
ENTRYPOINT ["python", "-m", "app.cli"]

FROM runtime AS api
COPY --from=api-packages /opt/venv /opt/venv
COPY app/ app/
RUN python -m compileall -q app
USER 10001:10001
ENV PRASHNA_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ.get(\"PRASHNA_PORT\") or 8000}/healthz', timeout=3)"]
CMD ["serve"]

# Also runs the migrations, the content desk and every other command but `serve`.
FROM runtime AS worker
COPY --from=worker-packages /opt/venv /opt/venv
COPY app/ app/
COPY ingest/ ingest/
COPY migrations/ migrations/
COPY content/ content/
RUN python -m compileall -q app ingest migrations
USER 10001:10001
CMD ["worker", "--queue", "chat"]

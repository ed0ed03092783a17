# The operator alone: its bundle, the Node that the project pins, and the C library below it. No shell, no npm, no
# package manager. It runs as any user, and writes no file.
#
#   docker build --tag registry.example.com/lakeward:0.1.0 .
#
# Either base can be a mirror's, or be given by its digest. The first has to have npm and a shell; the second glibc
# and libstdc++, no older than those of Debian 12. What is built is for the architecture of the builder, or of
# --platform: linux/amd64 or linux/arm64.
ARG BUILD_IMAGE=node:24.21.0-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/cc-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
# Where npm gets packages from, if not from where it usually does.
ARG NPM_CONFIG_REGISTRY
WORKDIR /lakeward
COPY package.json package-lock.json .npmrc ./
# No package needs its install script, also not the one that brings the Node on which everything is tested.
RUN npm ci --ignore-scripts
COPY src ./src
RUN npm run bundle
RUN mkdir -p node/bin node/share/doc/node \
    && cp --dereference node_modules/.bin/node node/bin/node \
    && cp node_modules/node-linux-*/LICENSE node/share/doc/node/LICENSE

FROM ${RUN_IMAGE}
ARG RUN_IMAGE
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="Lakeward" \
      org.opencontainers.image.description="A Kubernetes operator that keeps Databricks workspaces the way Git says" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${RUN_IMAGE}"
# The larger part first: it stays the same from one version to the next.
COPY --from=build /lakeward/node /usr/local
COPY LICENSE /app/LICENSE
COPY --from=build /lakeward/dist /app
USER 65532:65532
EXPOSE 8080
# As process 1 it has no default for signals: SIGTERM and SIGINT end it cleanly, others do nothing. It starts no
# process that it would have to reap.
# Node would keep up to 100 MB for what is young, and let garbage grow to a multiple of what lives, which here comes
# in pages of lists: time of the processor would be saved where memory is what is short.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=30", "--enable-source-maps", "/app/lakeward.mjs"]
CMD ["run", "--health-port=8080"]

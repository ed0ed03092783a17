# The operator alone: its bundle, the Node that the project pins, and the libraries that this one is linked with. No
# shell, no npm, no package manager. It runs as any user, and writes no file.
#
#   docker build --tag registry.example.com/lakeward:0.1.0 .
#
# The first base can be a mirror's, or be given by its digest: a Debian with npm, 12 or later. In place of the second,
# which is none, all is laid over what a policy may ask for. What is built is for the architecture of the builder, or
# of --platform: linux/amd64 or linux/arm64.
ARG BUILD_IMAGE=node:24.21.0-trixie-slim
ARG RUN_IMAGE=scratch

FROM ${BUILD_IMAGE} AS build
# Where npm gets packages from, if not from where it usually does.
ARG NPM_CONFIG_REGISTRY
WORKDIR /lakeward
COPY package.json package-lock.json .npmrc ./
# No package needs its install script, also not the one that brings the Node on which everything is tested.
RUN npm ci --ignore-scripts
COPY src ./src
RUN npm run bundle
WORKDIR /rootfs
RUN mkdir -p usr/local/bin usr/local/share/doc/node usr/lib usr/lib64 \
    && cp --dereference ../lakeward/node_modules/.bin/node usr/local/bin/node \
    && cp ../lakeward/node_modules/node-linux-*/LICENSE usr/local/share/doc/node/LICENSE
# What Node is linked with, at the paths at which it looks for it, the loader's too, and the licences of that. Node
# brings certificates and time zones itself, and glibc looks for hosts in a file first, then by DNS, unless told.
RUN ln -s usr/lib lib && ln -s usr/lib64 lib64 \
    && ldd usr/local/bin/node | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=.
RUN dpkg -L libc6 libgcc-s1 libstdc++6 | sed -n 's|.*/doc/lib[^/]*$|&/copyright|p' \
    | xargs cp --dereference --parents --target-directory=.

FROM ${RUN_IMAGE}
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="Lakeward" \
      org.opencontainers.image.description="A Kubernetes operator that keeps Databricks workspaces the way Git says" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The larger part first: it stays the same from one version to the next.
COPY --from=build /rootfs /
COPY LICENSE /app/LICENSE
COPY --from=build /lakeward/dist /app
USER 65532:65532
# There is no list of users in which Node could look it up.
ENV HOME=/
EXPOSE 8080
# As process 1 it has no default for signals: SIGTERM and SIGINT end it cleanly, others do nothing. It starts no
# process that it would have to reap.
# Node takes the bounds of its heap from the memory limit of its container: half of it, and little for what is young.
# To collect what is young also while what is old is marked, as Node did up to its version 23, saves a quarter of the
# memory of 5,000 objects; one thread for V8's own work, which is enough, a twentieth (npm run bench -- cache-5000).
ENTRYPOINT ["/usr/local/bin/node", "--enable-source-maps", "--no-separate-gc-phases", "--v8-pool-size=1", "/app/lakeward.mjs"]
CMD ["run", "--health-port=8080"]

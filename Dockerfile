# Gantry as an image. `docker build .` gives the product: plain JavaScript, no development packages, not root.
# `docker build --target devnet .` gives what docker-compose.yml's devnet needs: the sources, anvil, the Polkadot dev chain.
# The set-up of scripts/ is not used here: the base image brings Node, the lock file every package.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms; versions and checksums are those of the lock
RUN npm install --include=dev --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error

FROM packages AS devnet
COPY . .
ENV PATH=/app/node_modules/.bin:$PATH
# a fresh volume takes the owner of the folder it is mounted on
RUN install -d -o node -g node /devnet /chain
USER node
CMD ["node", "src/cli/main.ts", "--help"]

FROM packages AS build
COPY . .
RUN PATH="/app/node_modules/.bin:$PATH" sh scripts/build.sh && rm -rf dist/devnet
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error

FROM node:${NODE_VERSION}-bookworm-slim AS product
ENV NODE_ENV=production
WORKDIR /var/lib/gantry
COPY --from=build /app/package.json /app/gantry.example.yml /app/LICENSE /app/CHANGELOG.md /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/gantry && chmod 0755 /app/dist/src/cli/main.js && install -d -o node -g node -m 0700 /var/lib/gantry
USER node
VOLUME /var/lib/gantry
EXPOSE 9464
# unhealthy when a loop stands still, or nothing answers
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["gantry"]
CMD ["run", "--config", "/etc/gantry/gantry.yml"]

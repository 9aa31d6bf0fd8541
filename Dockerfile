# Builds with the development tools, runs without them.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No script of a package runs: better-sqlite3 brings its binary along.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY core core
COPY adapters adapters
COPY server server
# What only types or other runtimes need goes, too.
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts \
  && rm -rf node_modules/pdf-lib/dist node_modules/pdf-lib/es node_modules/pdf-lib/src node_modules/pdf-lib/ts3.4

# The root file system may be read-only: only /data is written to, and only with SQLite or the mock.
FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATABASE_URL=file:/data/relay.db
WORKDIR /app
COPY LICENSE ./
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Any command: docker run --rm --env-file relay.env IMAGE doctor
ENTRYPOINT ["node", "--disable-sigusr1", "dist/server/cli.js"]
CMD ["serve"]

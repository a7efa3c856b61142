# The daemon, and the simulated network for trying it out. Build it by `./dev image`. Nothing in it needs root, a shell or a
# writable system: docker run --read-only --cap-drop ALL --security-opt no-new-privileges -v wagate:/data wagate:dev
# (Docker's seccomp profile refuses namespaces: files are then decoded under Landlock and a list of system calls only.)
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY dev ./
RUN ./dev packages && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./dev build release wagate wagate-sandbox \
    && strip --strip-debug build/release/tools/wagate/wagate build/release/tools/sandbox/wagate-sandbox

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates ffmpeg libboost-container1.81.0 libboost-json1.81.0 libboost-url1.81.0 libfmt9 libpng16-16 \
        libprotobuf-lite32 libqrencode4 libsignal-protocol-c2.3.2 libsodium23 libspdlog1.10 libsqlite3-0 libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /data --shell /usr/sbin/nologin wagate \
    && install -d -o wagate -g wagate -m 0700 /data
COPY --from=build /src/build/release/tools/wagate/wagate /src/build/release/tools/sandbox/wagate-sandbox /usr/local/bin/
COPY --from=build /src/LICENSE /usr/share/doc/wagate/
USER wagate:wagate
ENV WAGATE_LISTEN=0.0.0.0:3000 WAGATE_DATA_DIR=/data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["wagate", "health"]
ENTRYPOINT ["wagate"]
CMD ["serve"]

# docker build -t svodka .
# docker run --rm --read-only -v svodka:/data svodka check
#
# How to run it: docs/deployment.md. Without a key of Google's it works on its own
# local Google, which listens inside the container alone.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/svodka ./cmd/svodka && mkdir -p -m 700 /out/data

# No shell, no root, nothing to write but /data; time zones are in the binary, the
# certificates of authorities in the image.
FROM gcr.io/distroless/static-debian13:nonroot
COPY --from=build /out/svodka /svodka
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV SVODKA_DATA_DIR=/data
VOLUME /data
# Asked inside the container, so the monitor may stay on loopback.
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/svodka", "healthy"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/svodka"]
CMD ["help"]

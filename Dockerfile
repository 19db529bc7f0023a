# docker build -t svodka .
# docker run --rm -v svodka:/data svodka init
#
# The local Google listens inside the container alone: run the commands on one
# volume, not against each other's ports.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/svodka ./cmd/svodka && mkdir -p -m 700 /out/data

# No shell, no root; time zones are in the binary.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/svodka /svodka
COPY --from=build --chown=65532:65532 /out/data /data
ENV SVODKA_DATA_DIR=/data
VOLUME /data
ENTRYPOINT ["/svodka"]
CMD ["help"]

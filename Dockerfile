FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/svodka ./cmd/svodka && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/svodka /svodka
COPY --from=build --chown=65532:65532 /out/data /data
ENV SVODKA_DATA_DIR=/data
VOLUME /data
ENTRYPOINT ["/svodka"]
CMD ["help"]

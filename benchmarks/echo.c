#define _GNU_SOURCE
/* A bare WebSocket echo on epoll: the least that any server of these messages must do.
   One thread, one read and one write a message, no library. Usage: echo PORT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MOST 65536
#define ROOM 4096

struct peer {
    int fd, is_open;
    size_t used;
    unsigned char buffer[ROOM];
};

static struct peer *peers[MOST];

static uint32_t turn(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1_block(uint32_t *h, const unsigned char *p) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        uint32_t t = turn(a, 5) + f + e + k + w[i];
        e = d; d = c; c = turn(b, 30); b = a; a = t;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
}

static void accept_key(const char *key, char *out) {
    unsigned char text[128] = {0}, digest[21] = {0};
    size_t n = (size_t)snprintf((char *)text, 64, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    text[n] = 0x80;
    text[126] = (unsigned char)(n * 8 >> 8);
    text[127] = (unsigned char)(n * 8);
    sha1_block(h, text);
    sha1_block(h, text + 64);
    for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
    const char *abc = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int o = 0;
    for (int i = 0; i < 21; i += 3) {
        uint32_t v = (uint32_t)digest[i] << 16 | digest[i + 1] << 8 | digest[i + 2];
        for (int j = 3; j >= 0; j--) out[o++] = abc[v >> (6 * j) & 63];
    }
    out[27] = '=';
    out[28] = 0;
}

static int greet(struct peer *p) {
    char *end = memmem(p->buffer, p->used, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = 0;
    char *key = strcasestr((char *)p->buffer, "sec-websocket-key:");
    if (!key) return -1;
    for (key += 18; *key == ' '; key++) {}
    char accepted[32], answer[256];
    accept_key(key, accepted);
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n", accepted);
    p->is_open = 1;
    p->used = 0;
    return write(p->fd, answer, (size_t)n) == n ? 1 : -1;
}

static int echo(struct peer *p) {
    size_t at = 0;
    while (p->used - at >= 6) {
        unsigned char *f = p->buffer + at;
        size_t n = f[1] & 127, head = 6;
        if (n == 126) { n = (size_t)f[2] << 8 | f[3]; head = 8; }
        if (n > ROOM - 16 || p->used - at < head + n) break;
        unsigned char *mask = f + head - 4, *data = f + head;
        for (size_t i = 0; i < n; i++) data[i] ^= mask[i & 3];
        if ((f[0] & 15) == 8) return -1;
        unsigned char *out = data - (n < 126 ? 2 : 4);
        out[0] = f[0];
        if (n < 126) out[1] = (unsigned char)n;
        else { out[1] = 126; out[2] = (unsigned char)(n >> 8); out[3] = (unsigned char)n; }
        size_t size = (size_t)(data - out) + n;
        if (write(p->fd, out, size) != (ssize_t)size) return -1;
        at += head + n;
    }
    memmove(p->buffer, p->buffer + at, p->used -= at);
    return 0;
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 0, on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof here;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)) return 1;
    getsockname(listener, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(poll, ready, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                int peer = accept(listener, 0, 0);
                if (peer < 0 || peer >= MOST) continue;
                setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                peers[peer] = calloc(1, sizeof(struct peer));
                peers[peer]->fd = peer;
                event.events = EPOLLIN;
                event.data.fd = peer;
                epoll_ctl(poll, EPOLL_CTL_ADD, peer, &event);
                continue;
            }
            struct peer *p = peers[fd];
            ssize_t n = read(fd, p->buffer + p->used, ROOM - p->used);
            if (n > 0) p->used += (size_t)n;
            if (n <= 0 || (p->is_open ? echo(p) : greet(p)) < 0) {
                close(fd);
                free(p);
                peers[fd] = 0;
            }
        }
    }
}

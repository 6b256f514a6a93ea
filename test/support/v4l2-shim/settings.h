// The camera's formats, sizes and rates, read from the environment that shim.ts, beside this, documents.
#pragma once
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_FORMATS 16
#define MAX_RATES 8
#define MAX_JPEGS 4096

struct jpeg { const unsigned char *bytes; size_t size; };
struct format { unsigned fourcc, width, height, image_size; struct jpeg *jpegs; unsigned jpeg_count; };

static struct format formats[MAX_FORMATS];
static unsigned format_count, rates[MAX_RATES], rate_count;
static const char *device;
static int open_error;
static long unplug_after, unplug_times, reappear_ms, padding, cut, damage_every;
static int has_garbage, is_endless, has_ranges;
static unsigned capabilities_given;

static const char *setting(const char *name, const char *fallback) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : fallback;
}

static void add_format(struct format format) {
  if (format_count < MAX_FORMATS && format.width > 0 && format.height > 0) formats[format_count++] = format;
}

static void add_yuyv(unsigned width, unsigned height) {
  add_format((struct format){V4L2_PIX_FMT_YUYV, width, height, width * height * 2, NULL, 0});
}

static unsigned read16(const unsigned char *at) { return (unsigned)at[0] << 8 | at[1]; }

// Length of the JPEG at the start of the bytes (0: none whole), and its size in pixels from the frame header.
static size_t measure_jpeg(const unsigned char *bytes, size_t size, unsigned *width, unsigned *height) {
  size_t at = 2;
  if (size < 4 || bytes[0] != 0xff || bytes[1] != 0xd8) return 0;
  while (at + 9 < size && bytes[at] == 0xff && bytes[at + 1] != 0xda) {
    unsigned marker = bytes[at + 1];
    if (marker == 0xc0 || marker == 0xc2) *height = read16(bytes + at + 5), *width = read16(bytes + at + 7);
    at += 2 + read16(bytes + at + 2);
  }
  for (; at + 1 < size; at++)
    if (bytes[at] == 0xff && bytes[at + 1] == 0xd9) return at + 2;
  return 0;
}

// Offers one MJPG size, played from a file of JPEGs back to back.
static void add_mjpeg_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  off_t length = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  const unsigned char *bytes = length > 0 ? mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  struct jpeg *jpegs = calloc(MAX_JPEGS, sizeof *jpegs);
  unsigned count = 0, width = 0, height = 0;
  size_t largest = 0;
  if (bytes != MAP_FAILED)
    for (size_t at = 0, size; count < MAX_JPEGS; at += size) {
      size = measure_jpeg(bytes + at, (size_t)length - at, &width, &height);
      if (size == 0) break;
      jpegs[count++] = (struct jpeg){bytes + at, size};
      if (size > largest) largest = size;
    }
  if (count == 0) {
    fprintf(stderr, "v4l2-shim: cannot use %s: not a file of JPEGs back to back\n", path);
    _exit(99);
  }
  add_format((struct format){V4L2_PIX_FMT_MJPEG, width, height, (unsigned)(largest + (size_t)padding), jpegs, count});
}

// The device gets its name last: until then no path is the camera's, so that files can be opened here.
__attribute__((constructor)) static void configure(void) {
  char *save = NULL;
  unsigned width, height;
  open_error = atoi(setting("V4L2_SHIM_OPEN_ERROR", "0"));
  unplug_after = atol(setting("V4L2_SHIM_UNPLUG_AFTER", "0"));
  unplug_times = atol(setting("V4L2_SHIM_UNPLUG_TIMES", "1"));
  reappear_ms = atol(setting("V4L2_SHIM_REAPPEAR_MS", "-1"));
  padding = atol(setting("V4L2_SHIM_PADDING", "0"));
  cut = atol(setting("V4L2_SHIM_CUT", "0"));
  has_garbage = atoi(setting("V4L2_SHIM_GARBAGE", "0"));
  damage_every = atol(setting("V4L2_SHIM_DAMAGE_EVERY", "0"));
  is_endless = atoi(setting("V4L2_SHIM_ENDLESS", "0"));
  has_ranges = atoi(setting("V4L2_SHIM_RANGES", "0"));
  capabilities_given = (unsigned)strtoul(setting("V4L2_SHIM_CAPABILITIES", "0"), NULL, 0);
  for (char *rate = strtok_r(strdup(setting("V4L2_SHIM_FPS", "30")), ",", &save); rate != NULL;
       rate = strtok_r(NULL, ",", &save))
    if (atoi(rate) > 0 && rate_count < MAX_RATES) rates[rate_count++] = (unsigned)atoi(rate);
  if (rate_count == 0) rates[rate_count++] = 30;
  for (char *size = strtok_r(strdup(setting("V4L2_SHIM_YUYV", "")), ",", &save); size != NULL;
       size = strtok_r(NULL, ",", &save))
    if (sscanf(size, "%ux%u", &width, &height) == 2) add_yuyv(width, height);
  for (char *path = strtok_r(strdup(setting("V4L2_SHIM_MJPEG", "")), ":", &save); path != NULL;
       path = strtok_r(NULL, ":", &save))
    add_mjpeg_file(path);
  if (format_count == 0) add_yuyv(640, 480);
  device = setting("V4L2_SHIM_DEVICE", "/dev/video0");
}


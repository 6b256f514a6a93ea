// The camera itself: what each ioctl answers, and when each buffer is full.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "settings.h"

#define MAX_BUFFERS 16
#define MAX_HANDLES 8
#define PAGE 4096u

struct handle {
  int fd;  // plus 1, so that 0 means unused
  int streaming, dead;
  unsigned format, rate, buffers, stride;
  unsigned queue[MAX_BUFFERS], queued;  // indices of buffers, oldest first
  long assigned[MAX_BUFFERS], last;     // the number of the frame that each queued buffer will hold
  double started;
};

static struct handle handles[MAX_HANDLES];
static struct handle *owner;  // the one that holds buffers: others get EBUSY, as in the kernel
static long delivered, unplugged;
static double gone_since = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int fail(int code) {
  errno = code;
  return -1;
}

// 0 where the camera is there and may be opened, else the errno that says why not.
static int presence(void) {
  if (gone_since >= 0 && (reappear_ms < 0 || (now() - gone_since) * 1000 < (double)reappear_ms)) return ENOENT;
  if (gone_since >= 0) gone_since = -1, delivered = 0;
  return open_error;
}

static struct handle *find_handle(int fd) {
  for (unsigned i = 0; fd >= 0 && i < MAX_HANDLES; i++)
    if (handles[i].fd == fd + 1) return &handles[i];
  return NULL;
}

static int open_camera(int flags) {
  int code = presence();
  if (code != 0) return fail(code);
  for (unsigned i = 0; i < MAX_HANDLES; i++)
    if (handles[i].fd == 0) {
      int fd = memfd_create("v4l2-shim", (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0);
      if (fd >= 0) handles[i] = (struct handle){.fd = fd + 1};
      return fd;
    }
  return fail(ENFILE);
}

static void forget(struct handle *handle) {
  if (owner == handle) owner = NULL;
  handle->fd = 0;
}

static void describe_format(const struct handle *handle, struct v4l2_format *answer) {
  const struct format *format = &formats[handle->format];
  answer->fmt.pix = (struct v4l2_pix_format){
      .width = format->width, .height = format->height, .pixelformat = format->fourcc, .field = V4L2_FIELD_NONE,
      .bytesperline = format->jpegs == NULL ? format->width * 2 : 0, .sizeimage = format->image_size,
      .colorspace = format->jpegs == NULL ? V4L2_COLORSPACE_SRGB : V4L2_COLORSPACE_JPEG};
}

// The nearest size in the asked format, or in the first format where the camera has no such.
static unsigned choose_format(const struct v4l2_pix_format *asked) {
  unsigned fourcc = formats[0].fourcc, best = 0;
  long smallest = -1;
  for (unsigned i = 0; i < format_count; i++)
    if (formats[i].fourcc == asked->pixelformat) fourcc = asked->pixelformat;
  for (unsigned i = 0; i < format_count; i++) {
    if (formats[i].fourcc != fourcc) continue;
    long wider = labs((long)formats[i].width - (long)asked->width);
    long distance = wider + labs((long)formats[i].height - (long)asked->height);
    if (smallest < 0 || distance < smallest) smallest = distance, best = i;
  }
  return best;
}

static int set_format(struct handle *handle, struct v4l2_format *format, int keep) {
  struct handle tried = {.format = choose_format(&format->fmt.pix)};
  if (keep && owner != NULL) return fail(EBUSY);
  if (keep) handle->format = tried.format;
  describe_format(&tried, format);
  return 0;
}

// Whether a list goes on with its entry number `index` of `count`; a camera with a fault repeats its last one for ever.
static int has_entry(unsigned *index, unsigned count) {
  if (is_endless && count > 0 && *index >= count) *index = count - 1;
  return *index < count;
}

static int enumerate_formats(struct v4l2_fmtdesc *answer) {
  unsigned firsts[MAX_FORMATS], count = 0, index = answer->index;
  for (unsigned i = 0; i < format_count; i++)
    if (i == 0 || formats[i].fourcc != formats[i - 1].fourcc) firsts[count++] = i;
  if (!has_entry(&index, count)) return fail(EINVAL);
  const struct format *format = &formats[firsts[index]];
  int compressed = format->jpegs != NULL;
  answer->pixelformat = format->fourcc;
  answer->flags = compressed ? V4L2_FMT_FLAG_COMPRESSED : 0;
  snprintf((char *)answer->description, sizeof answer->description, compressed ? "Motion-JPEG" : "YUYV 4:2:2");
  return 0;
}

static int enumerate_sizes(struct v4l2_frmsizeenum *answer) {
  unsigned found[MAX_FORMATS], count = 0, index = answer->index;
  for (unsigned i = 0; i < format_count; i++)
    if (formats[i].fourcc == answer->pixel_format) found[count++] = i;
  if (has_ranges && count > 0) {
    if (index > 0 && !is_endless) return fail(EINVAL);
    answer->type = V4L2_FRMSIZE_TYPE_STEPWISE;
    answer->stepwise = (struct v4l2_frmsize_stepwise){16, 1920, 16, 16, 1080, 4};
    return 0;
  }
  if (!has_entry(&index, count)) return fail(EINVAL);
  answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
  answer->discrete = (struct v4l2_frmsize_discrete){formats[found[index]].width, formats[found[index]].height};
  return 0;
}

static int enumerate_rates(struct v4l2_frmivalenum *answer) {
  unsigned index = answer->index;
  if (has_ranges) {
    if (index > 0 && !is_endless) return fail(EINVAL);
    answer->type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
    answer->stepwise = (struct v4l2_frmival_stepwise){{1, rates[0]}, {1, 1}, {1001, 1000}};
    return 0;
  }
  if (!has_entry(&index, rate_count)) return fail(EINVAL);
  answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
  answer->discrete = (struct v4l2_fract){1, rates[index]};
  return 0;
}

static int set_rate(struct handle *handle, struct v4l2_streamparm *answer, int keep) {
  const struct v4l2_fract *asked = &answer->parm.capture.timeperframe;
  if (keep && asked->numerator > 0)
    for (unsigned i = 0; i < rate_count; i++) {
      long wanted = (long)(asked->denominator / asked->numerator);
      if (labs((long)rates[i] - wanted) < labs((long)rates[handle->rate] - wanted)) handle->rate = i;
    }
  struct v4l2_fract period = {1, rates[handle->rate]};
  answer->parm.capture = (struct v4l2_captureparm){.capability = V4L2_CAP_TIMEPERFRAME, .timeperframe = period};
  return 0;
}

static int request_buffers(struct handle *handle, struct v4l2_requestbuffers *request) {
  if (request->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
  if (owner != NULL && owner != handle) return fail(EBUSY);
  if (request->count > MAX_BUFFERS) request->count = MAX_BUFFERS;
  request->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
  owner = request->count > 0 ? handle : NULL;
  handle->buffers = request->count;
  handle->stride = (formats[handle->format].image_size + PAGE - 1) / PAGE * PAGE;
  handle->queued = 0;
  handle->streaming = 0;
  return ftruncate(handle->fd - 1, (off_t)handle->stride * handle->buffers);
}

static void describe_buffer(const struct handle *handle, struct v4l2_buffer *buffer) {
  buffer->memory = V4L2_MEMORY_MMAP;
  buffer->length = handle->stride;
  buffer->m.offset = buffer->index * handle->stride;
  buffer->field = V4L2_FIELD_NONE;
  buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

// As in a driver: a buffer takes the first frame after it was queued that no buffer before it takes.
static void assign_frame(struct handle *handle, unsigned index) {
  long next = (long)((now() - handle->started) * rates[handle->rate]) + 1;
  handle->last = next > handle->last ? next : handle->last + 1;
  handle->assigned[index] = handle->last;
}

static int queue_buffer(struct handle *handle, struct v4l2_buffer *buffer) {
  if (buffer->index >= handle->buffers || handle->queued == handle->buffers) return fail(EINVAL);
  describe_buffer(handle, buffer);
  buffer->flags |= V4L2_BUF_FLAG_QUEUED;
  handle->queue[handle->queued++] = buffer->index;
  if (handle->streaming) assign_frame(handle, buffer->index);
  return 0;
}

static int start_stream(struct handle *handle) {
  if (handle->buffers == 0) return fail(EINVAL);
  handle->streaming = 1;
  handle->started = now();
  handle->last = -1;
  // The first frame is number 0 and comes after one period.
  for (unsigned i = 0; i < handle->queued; i++) handle->assigned[handle->queue[i]] = ++handle->last;
  return 0;
}

// A frame as a driver hands it on: whatever is left of its buffer behind the JPEG, and now and then less than a JPEG.
static ssize_t write_jpeg(const struct handle *handle, off_t offset, const struct format *format, long number) {
  const struct jpeg *jpeg = &format->jpegs[(unsigned long)number % format->jpeg_count];
  const struct jpeg *older = &format->jpegs[(unsigned long)(number + 1) % format->jpeg_count];
  int fd = handle->fd - 1;
  size_t size = jpeg->size > (size_t)cut ? jpeg->size - (size_t)cut : 0, tail = (size_t)padding;
  if (damage_every > 0 && number % damage_every == damage_every - 1) {
    // In turn: its end is missing, all of it is, its beginning is.
    switch (number / damage_every % 3) {
      case 0: return pwrite(fd, jpeg->bytes, size / 2, offset);
      case 1: return 0;
      default: return pwrite(fd, jpeg->bytes + size / 2, size - size / 2, offset);
    }
  }
  unsigned char *bytes = calloc(1, size + tail);
  memcpy(bytes, jpeg->bytes, size);
  if (has_garbage) {
    size_t length = older->size < tail ? older->size : tail;
    memcpy(bytes + size, older->bytes + older->size - length, length);
  }
  ssize_t written = pwrite(fd, bytes, size + tail, offset);
  free(bytes);
  return written;
}

static ssize_t write_frame(const struct handle *handle, unsigned index, long number) {
  const struct format *format = &formats[handle->format];
  off_t offset = (off_t)index * handle->stride;
  if (format->jpegs != NULL) return write_jpeg(handle, offset, format, number);
  // Grey of the video range, which decoders stretch to all of 0..255; both colour bytes are neutral.
  unsigned char luma = (unsigned char)(16 + number % 219);
  unsigned char *pixels = malloc(format->image_size);
  for (unsigned i = 0; i < format->image_size; i += 2) pixels[i] = luma, pixels[i + 1] = 128;
  ssize_t written = pwrite(handle->fd - 1, pixels, format->image_size, offset);
  free(pixels);
  return written;
}

// Open handles stay dead for ever, even where the camera comes back.
static int unplug(void) {
  for (unsigned i = 0; i < MAX_HANDLES; i++) handles[i].dead = 1;
  owner = NULL;
  unplugged++;
  gone_since = now();
  return fail(ENODEV);
}

// Waits for the frame even in non-blocking mode: a memfd always polls ready, and callers would spin on EAGAIN.
static int dequeue_buffer(struct handle *handle, struct v4l2_buffer *buffer) {
  if (!handle->streaming || handle->queued == 0) return fail(EINVAL);
  unsigned index = handle->queue[0];
  long number = handle->assigned[index];
  double due = handle->started + (double)(number + 1) / rates[handle->rate];
  struct timespec until = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
  pthread_mutex_unlock(&lock);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  pthread_mutex_lock(&lock);
  if (unplug_after > 0 && delivered >= unplug_after && unplugged < unplug_times) return unplug();
  memmove(handle->queue, handle->queue + 1, --handle->queued * sizeof handle->queue[0]);
  delivered++;
  buffer->index = index;
  describe_buffer(handle, buffer);
  buffer->bytesused = (unsigned)write_frame(handle, index, number);
  buffer->sequence = (unsigned)number;
  buffer->timestamp = (struct timeval){until.tv_sec, until.tv_nsec / 1000};
  return 0;
}

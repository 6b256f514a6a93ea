// A V4L2 camera for one process, by LD_PRELOAD: its descriptor is a memfd, so that mmap, poll and select need no help.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "camera.h"

#define EXPORT __attribute__((visibility("default")))
// The library's own function behind ours.
#define NEXT(name) ({ static __typeof__(&name) next; if (next == NULL) next = dlsym(RTLD_NEXT, #name); next; })

static int is_device(const char *path) { return path != NULL && device != NULL && strcmp(path, device) == 0; }

static int capabilities(struct v4l2_capability *answer) {
  *answer = (struct v4l2_capability){.driver = "v4l2-shim", .card = "Shim camera", .bus_info = "platform:shim"};
  answer->version = 0x060000;
  unsigned usual = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  answer->device_caps = capabilities_given != 0 ? capabilities_given : usual;
  // Those of all nodes of the device.
  answer->capabilities = answer->device_caps | usual | V4L2_CAP_DEVICE_CAPS;
  return 0;
}

static int answer(struct handle *handle, unsigned long request, void *data) {
  if (handle->dead) return fail(ENODEV);
  switch ((unsigned)request) {
    case VIDIOC_QUERYCAP: return capabilities(data);
    case VIDIOC_ENUM_FMT: return enumerate_formats(data);
    case VIDIOC_ENUM_FRAMESIZES: return enumerate_sizes(data);
    case VIDIOC_ENUM_FRAMEINTERVALS: return enumerate_rates(data);
    case VIDIOC_G_FMT: describe_format(handle, data); return 0;
    case VIDIOC_S_FMT: return set_format(handle, data, 1);
    case VIDIOC_TRY_FMT: return set_format(handle, data, 0);
    case VIDIOC_G_PARM: return set_rate(handle, data, 0);
    case VIDIOC_S_PARM: return set_rate(handle, data, 1);
    case VIDIOC_G_INPUT: *(int *)data = 0; return 0;
    case VIDIOC_S_INPUT: return *(int *)data == 0 ? 0 : fail(EINVAL);
    case VIDIOC_ENUMINPUT: {
      struct v4l2_input *input = data;
      if (input->index > 0) return fail(EINVAL);
      *input = (struct v4l2_input){.name = "Camera 1", .type = V4L2_INPUT_TYPE_CAMERA};
      return 0;
    }
    case VIDIOC_REQBUFS: return request_buffers(handle, data);
    case VIDIOC_QUERYBUF:
      if (((struct v4l2_buffer *)data)->index >= handle->buffers) return fail(EINVAL);
      describe_buffer(handle, data);
      return 0;
    case VIDIOC_QBUF: return queue_buffer(handle, data);
    case VIDIOC_DQBUF: return dequeue_buffer(handle, data);
    case VIDIOC_STREAMON: return start_stream(handle);
    case VIDIOC_STREAMOFF: handle->streaming = 0; handle->queued = 0; return 0;
    default: return fail(ENOTTY);
  }
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *data = va_arg(list, void *);
  va_end(list);
  struct handle *handle = find_handle(fd);
  if (handle == NULL) return NEXT(ioctl)(fd, request, data);
  pthread_mutex_lock(&lock);
  int result = answer(handle, request, data);
  pthread_mutex_unlock(&lock);
  return result;
}

EXPORT int close(int fd) {
  // No lock where the descriptor is not ours: a child between fork and exec closes what it inherited.
  struct handle *handle = find_handle(fd);
  if (handle != NULL) {
    pthread_mutex_lock(&lock);
    forget(handle);
    pthread_mutex_unlock(&lock);
  }
  return NEXT(close)(fd);
}

static int open_locked(int flags) {
  pthread_mutex_lock(&lock);
  int fd = open_camera(flags);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define WRAP_OPEN(name) \
  EXPORT int name(const char *path, int flags, ...) { \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; \
    va_end(list); \
    return is_device(path) ? open_locked(flags) : NEXT(name)(path, flags, mode); \
  }
#define WRAP_OPENAT(name) \
  EXPORT int name(int folder, const char *path, int flags, ...) { \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; \
    va_end(list); \
    return is_device(path) ? open_locked(flags) : NEXT(name)(folder, path, flags, mode); \
  }
#define WRAP_OPEN_2(name) \
  int name(const char *path, int flags); \
  EXPORT int name(const char *path, int flags) { \
    return is_device(path) ? open_locked(flags) : NEXT(name)(path, flags); \
  }
WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)
WRAP_OPEN_2(__open_2)
WRAP_OPEN_2(__open64_2)

// A memfd is always ready for writing. A camera never is, and some programs then take it for unplugged.
EXPORT int select(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
                  struct timeval *restrict timeout) {
  for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++)
    if (write != NULL && FD_ISSET(fd, write) && find_handle(fd) != NULL) FD_CLR(fd, write);
  return NEXT(select)(count, read, write, except, timeout);
}

static int check_presence(void) {
  pthread_mutex_lock(&lock);
  int code = presence();
  pthread_mutex_unlock(&lock);
  return code;
}

static int describe_file(mode_t *mode, dev_t *number) {
  if (check_presence() == ENOENT) return fail(ENOENT);
  *mode = S_IFCHR | 0660;
  *number = makedev(81, 0);
  return 0;
}

#define WRAP_STAT(name, type) \
  EXPORT int name(const char *path, struct type *answer) { \
    if (!is_device(path)) return NEXT(name)(path, answer); \
    memset(answer, 0, sizeof *answer); \
    return describe_file(&answer->st_mode, &answer->st_rdev); \
  }
WRAP_STAT(stat, stat)
WRAP_STAT(stat64, stat64)
WRAP_STAT(lstat, stat)
WRAP_STAT(lstat64, stat64)

EXPORT int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict answer) {
  if (!is_device(path)) return NEXT(statx)(folder, path, flags, mask, answer);
  mode_t mode = 0;
  dev_t number = 0;
  memset(answer, 0, sizeof *answer);
  if (describe_file(&mode, &number) != 0) return -1;
  answer->stx_mask = STATX_TYPE | STATX_MODE;
  answer->stx_mode = (unsigned short)mode;
  answer->stx_rdev_major = major(number);
  answer->stx_rdev_minor = minor(number);
  return 0;
}

// libuv asks for statx by number.
EXPORT long syscall(long number, ...) {
  va_list list;
  long arguments[6];
  va_start(list, number);
  for (unsigned i = 0; i < 6; i++) arguments[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_statx && is_device((const char *)arguments[1]))
    return statx(0, (const char *)arguments[1], 0, 0, (struct statx *)arguments[4]);
  return NEXT(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

EXPORT int access(const char *path, int mode) {
  if (!is_device(path)) return NEXT(access)(path, mode);
  int code = check_presence();
  // Other failures of an open, such as EBUSY, are no question of rights.
  return code == ENOENT || (code == EACCES && mode != F_OK) ? fail(code) : 0;
}

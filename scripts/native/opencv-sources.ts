/** A source that is compiled for one level of the processor: `arithm.avx2` beside `arithm.dispatch`. */
const LEVEL = /\.(sse2|sse4_1|sse4_2|avx|fp16|avx2|neon|neon_dotprod|neon_fp16|neon_bf16)$/;

/**
 * The sources of OpenCV that the addon and the window plugin need, by module, without `.cpp`. In the place of those that
 * are named but never called stands `own/opencv-unused.cc`.
 */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  core: [
    ...['alloc', 'array', 'buffer_area', 'channels', 'check', 'convert.dispatch', 'convert_scale.dispatch'],
    ...['copy', 'datastructs', 'glob', 'logger', 'lut', 'mathfuncs', 'matrix', 'matrix_c'],
    ...['matrix_iterator', 'matrix_transform', 'matrix_wrap', 'merge.dispatch', 'parallel'],
    ...['parallel/parallel', 'parallel_impl', 'rand', 'softfloat', 'system', 'trace', 'umatrix'],
    ...['utils/datafile', 'utils/filesystem', 'utils/logtagconfigparser', 'utils/logtagmanager'],
  ],
  imgproc: [
    ...['color', 'color_rgb.dispatch', 'color_yuv.dispatch', 'demosaicing'],
    ...['drawing', 'hershey_fonts', 'resize'],
  ],
  imgcodecs: ['bitstrm', 'exif', 'grfmt_base', 'grfmt_bmp', 'grfmt_jpeg', 'loadsave', 'utils'],
  videoio: [
    ...['backend_static', 'cap', 'cap_ffmpeg', 'cap_images', 'cap_mjpeg_decoder'],
    ...['cap_mjpeg_encoder', 'cap_v4l', 'container_avi', 'videoio_c', 'videoio_registry'],
  ],
  highgui: ['backend', 'window'],
};

const NAMES = new Set(listSources().map(([module, name]) => `${module}/${name}`));

/** Each source with its module. */
export function listSources(): [module: string, name: string][] {
  return Object.entries(SOURCES).flatMap(([module, names]) => names.map((name): [string, string] => [module, name]));
}

/**
 * The object files of the sources that are used, among those that a build.ninja of OpenCV knows.
 * @throws Error where it does not know one of the sources
 */
export function chooseObjects(plan: string): string[] {
  const found = new Set<string>();
  const objects: string[] = [];
  for (const [, object = '', module = '', path = ''] of plan.matchAll(
    /^build (modules\/(\w+)\/CMakeFiles\/opencv_\w+\.dir\/(\S+)\.cpp\.o): /gm,
  )) {
    const name = `${module}/${path.replace(/^src\//, '').replace(LEVEL, '')}`;
    const source = [name, `${name}.dispatch`].find((one) => NAMES.has(one));
    if (source === undefined) continue;
    found.add(source);
    objects.push(object);
  }
  const missing = [...NAMES].filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`Cannot find ${missing.join(', ')} among OpenCV's sources`);
  return objects;
}

/** A header of OpenCV that is compiled once, before the sources of its module, which all begin with it. */
export interface CompiledHeader {
  /** The absolute path of the compiled header. GCC looks for it beside the header. */
  readonly output: string;
  /** The statement of build.ninja that makes it. */
  readonly statement: string;
}

const BLOCK = /^build (\S+): (\S+) (\/\S+\/modules\/(\w+)\/src\/)\S+\.cpp(?: .*)?\n((?: {2}.*\n)+)/gm;

/**
 * For each module the header `precomp.hpp`, compiled with the options that most of its `objects` have. Those with other
 * options read the header itself: GCC compares the options.
 */
export function compileHeaders(plan: string, objects: readonly string[]): CompiledHeader[] {
  const wanted = new Set(objects);
  const modules = new Map<string, Map<string, { count: number; header: CompiledHeader }>>();
  for (const [, object = '', rule, folder, module = '', variables = ''] of plan.matchAll(BLOCK)) {
    if (!wanted.has(object)) continue;
    const options = /^ {2}(?:DEFINES|FLAGS|INCLUDES) = .*\n/gm;
    const key = variables.match(options)?.join('') ?? '';
    const found = modules.get(module) ?? new Map();
    modules.set(module, found);
    const output = `${folder}precomp.hpp.gch`;
    const own = key.replace(/^ {2}FLAGS = /m, '$&-x c++-header ');
    const statement = `build ${output}: ${rule} ${folder}precomp.hpp\n${own}  DEP_FILE = ${module}-header.d\n`;
    const entry = found.get(key) ?? { count: 0, header: { output, statement } };
    entry.count++;
    found.set(key, entry);
  }
  return [...modules.values()].map((found) => {
    const [most] = [...found.values()].sort((a, b) => b.count - a.count);
    return (most as { header: CompiledHeader }).header;
  });
}

/**
 * A build.ninja of OpenCV in which the objects of one module do not wait for the library of another. They do for the
 * sake of the code for OpenCL, which is empty here.
 * @throws Error where they do not wait: then OpenCV has changed
 */
export function freeObjects(plan: string): string {
  const free = plan.replaceAll(/^(build modules\/\w+\/opencl_kernels_.*) \|\| lib\/libopencv_core\.a$/gm, '$1');
  if (free === plan) throw new Error("Cannot find the code for OpenCL in OpenCV's build.ninja");
  return free;
}

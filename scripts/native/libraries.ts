import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFiles } from './hash-files.ts';
import { chooseObjects, compileHeaders, freeObjects } from './opencv-sources.ts';
import {
  FFMPEG_OPTIONS,
  FFMPEG_UNUSED,
  OPENCV_MODULES,
  OPENCV_OPTIONS,
  OPENCV_TARGET_OPTIONS,
  OPENCV_UNUSED,
  SOURCE_PINS,
} from './recipe.ts';
import { unpackSource } from './sources.ts';
import type { Step, StepRunner } from './steps.ts';
import { listCmakeOptions, listCompileFlags, type Toolchain } from './toolchain.ts';

/** The step folders of the static libraries; each holds `src` and, but for OpenCV's, the installed `prefix`. */
export interface Libraries {
  zlib: string;
  'libjpeg-turbo': string;
  ffmpeg: string;
  opencv: string;
}

/** All of OpenCV that is used, within its step's folder. */
export const OPENCV_LIBRARY = 'libopencv.a';

/** The folders of OpenCV's headers. */
export function listOpencvHeaders(folder: string): string[] {
  const modules = OPENCV_MODULES.map((name) => join(folder, 'src/modules', name, 'include'));
  return [join(folder, 'build'), join(folder, 'src/include'), ...modules];
}

/**
 * Builds every static library that the addon is made of. FFmpeg is compiled beside the others: each has a time in which
 * it uses one core alone.
 */
export async function buildLibraries(steps: StepRunner, tools: Toolchain): Promise<Libraries> {
  const configured = Promise.withResolvers<void>();
  const ffmpegInputs = [SOURCE_PINS.ffmpeg, FFMPEG_OPTIONS, FFMPEG_UNUSED];
  const buildingFfmpeg = steps
    .fork()
    .runStep('ffmpeg', ffmpegInputs, (step) => buildFfmpeg(step, tools, configured.resolve))
    .finally(configured.resolve);
  const buildingOthers = buildOthers(steps, tools, ffmpegInputs, configured.promise);
  const [ffmpeg, others] = await steps.waitForAll([buildingFfmpeg, buildingOthers]);
  const { zlib, opencv } = others;
  return { zlib, 'libjpeg-turbo': others['libjpeg-turbo'], ffmpeg, opencv };
}

/** @param ffmpegReady when FFmpeg's headers are in their place */
async function buildOthers(
  steps: StepRunner,
  tools: Toolchain,
  ffmpegInputs: unknown,
  ffmpegReady: Promise<void>,
): Promise<Omit<Libraries, 'ffmpeg'>> {
  const zlib = await steps.runStep('zlib', SOURCE_PINS.zlib, (step) => buildZlib(step, tools));
  const jpegPin = SOURCE_PINS['libjpeg-turbo'];
  const jpeg = await steps.runStep('libjpeg-turbo', jpegPin, (step) => buildJpeg(step, tools));
  await ffmpegReady;
  const folders = { zlib, 'libjpeg-turbo': jpeg, ffmpeg: join(dirname(zlib), 'ffmpeg') };
  const targetOptions = OPENCV_TARGET_OPTIONS[tools.target];
  const chosen = await hashFiles(['opencv-sources.ts']);
  const inputs = [SOURCE_PINS.opencv, OPENCV_OPTIONS, OPENCV_UNUSED, targetOptions, chosen, ffmpegInputs];
  const opencv = await steps.runStep('opencv', inputs, (step) => buildOpencv(step, tools, folders));
  return { zlib, 'libjpeg-turbo': jpeg, opencv };
}

async function buildZlib(step: Step, tools: Toolchain): Promise<void> {
  const source = await unpackSource(step, 'zlib');
  const env = {
    CHOST: tools.triplet,
    CC: tools.cc,
    AR: `${tools.triplet}-ar`,
    RANLIB: `${tools.triplet}-ranlib`,
    CFLAGS: listCompileFlags(step.folder).join(' '),
  };
  await step.run('./configure', ['--static', `--prefix=${join(step.folder, 'prefix')}`], { cwd: source, env });
  await step.run('make', [`-j${tools.jobs}`, 'libz.a'], { cwd: source, env });
  await step.run('make', ['install'], { cwd: source, env });
}

async function buildJpeg(step: Step, tools: Toolchain): Promise<void> {
  await unpackSource(step, 'libjpeg-turbo');
  const options = ['ENABLE_SHARED=OFF', 'ENABLE_STATIC=ON', 'REQUIRE_SIMD=ON', 'WITH_TURBOJPEG=OFF', 'WITH_JAVA=OFF'];
  const build = await configureWithCmake(step, tools, listDefines(options));
  // Its programs, which `install` would want, are left out.
  await step.run('ninja', ['-C', build, `-j${tools.jobs}`, 'jpeg-static']);
  const prefix = join(step.folder, 'prefix');
  await mkdir(join(prefix, 'lib'), { recursive: true });
  await mkdir(join(prefix, 'include'));
  await cp(join(build, 'libjpeg.a'), join(prefix, 'lib/libjpeg.a'));
  await cp(join(build, 'jconfig.h'), join(prefix, 'include/jconfig.h'));
  for (const name of ['jpeglib.h', 'jmorecfg.h', 'jerror.h']) {
    await cp(join(step.folder, 'src', name), join(prefix, 'include', name));
  }
}

/** @param onConfigured is called when the headers are in their place */
async function buildFfmpeg(step: Step, tools: Toolchain, onConfigured: () => void): Promise<void> {
  const source = await unpackSource(step, 'ffmpeg');
  await dropObjects(join(source, 'libavutil'), FFMPEG_UNUSED);
  const cross = tools.cross ? ['--enable-cross-compile'] : [];
  await step.run(
    './configure',
    [
      `--prefix=${join(step.folder, 'prefix')}`,
      `--arch=${tools.processor}`,
      '--target-os=linux',
      `--cross-prefix=${tools.triplet}-`,
      '--pkg-config=pkg-config',
      ...cross,
      `--cc=${tools.cc}`,
      `--extra-cflags=${listCompileFlags(step.folder).join(' ')}`,
      ...FFMPEG_OPTIONS,
    ],
    { cwd: source },
  );
  await step.run('make', ['install-headers'], { cwd: source });
  onConfigured();
  await step.run('make', [`-j${tools.jobs}`], { cwd: source });
  await step.run('make', ['install-libs'], { cwd: source });
}

/**
 * Takes objects out of the makefiles of one of FFmpeg's libraries, which `configure` cannot leave out.
 * @throws Error where a makefile names none of one: then FFmpeg has changed
 */
export async function dropObjects(library: string, names: readonly string[]): Promise<void> {
  const found = new Set<string>();
  for (const makefile of ['Makefile', 'x86/Makefile', 'aarch64/Makefile']) {
    const path = join(library, makefile);
    const text = await readFile(path, 'utf8');
    const kept = text.replaceAll(/(?<=\s)(?:x86\/|aarch64\/)?(\w+)\.o(?=\s)/g, (word, name: string) => {
      if (!names.includes(name)) return word;
      found.add(name);
      return '';
    });
    await writeFile(path, kept);
  }
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`Cannot find ${missing.join(', ')} in the makefiles of ${library}`);
}

async function buildOpencv(step: Step, tools: Toolchain, libraries: Omit<Libraries, 'opencv'>): Promise<void> {
  await unpackSource(step, 'opencv', OPENCV_UNUSED);
  const zlib = join(libraries.zlib, 'prefix');
  const jpeg = join(libraries['libjpeg-turbo'], 'prefix');
  const pkgConfig = Object.values(libraries).map((folder) => join(folder, 'prefix/lib/pkgconfig'));
  const env = { PKG_CONFIG_LIBDIR: pkgConfig.join(':'), PKG_CONFIG_PATH: '' };
  const places = [
    `ZLIB_INCLUDE_DIR=${zlib}/include`,
    `ZLIB_LIBRARY=${zlib}/lib/libz.a`,
    `JPEG_INCLUDE_DIR=${jpeg}/include`,
    `JPEG_LIBRARY=${jpeg}/lib/libjpeg.a`,
  ];
  const options = [...OPENCV_OPTIONS, ...OPENCV_TARGET_OPTIONS[tools.target], ...listDefines(places)];
  const build = await configureWithCmake(step, tools, options, env);
  await hideFolders(build);
  const plan = freeObjects(await readFile(join(build, 'build.ninja'), 'utf8'));
  const objects = chooseObjects(plan);
  const headers = compileHeaders(plan, objects);
  await writeFile(join(build, 'build.ninja'), [plan, ...headers.map((header) => header.statement)].join('\n'));
  await step.run('ninja', ['-C', build, `-j${tools.jobs}`, ...headers.map((header) => header.output)], { env });
  await step.run('ninja', ['-C', build, `-j${tools.jobs}`, ...objects], { env });
  const archive = join(step.folder, OPENCV_LIBRARY);
  await step.run(`${tools.triplet}-ar`, ['crsD', archive, ...objects], { cwd: build });
}

// OpenCV keeps a report of its build, folders included, which differ from machine to machine.
async function hideFolders(build: string): Promise<void> {
  const report = join(build, 'modules/core/version_string.inc');
  const text = await readFile(report, 'utf8');
  await writeFile(report, text.replaceAll(/(?<=[\s"=])\/[\w.@+-]+(\/[\w.@+-]+)*\//g, ''));
}

function listDefines(options: readonly string[]): string[] {
  return options.map((option) => `-D${option}`);
}

/** Gives the folder of the build. */
async function configureWithCmake(
  step: Step,
  tools: Toolchain,
  options: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const build = join(step.folder, 'build');
  const common = listCmakeOptions(tools, step.folder, join(step.folder, 'prefix'));
  await step.run('cmake', ['-S', join(step.folder, 'src'), '-B', build, ...common, ...options], { env });
  return build;
}

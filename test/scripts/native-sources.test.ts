import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Scratch } from '../../scripts/cli/scratch.ts';
import { dropUnusedCalls } from '../../scripts/native/calls.ts';
import { dropObjects } from '../../scripts/native/libraries.ts';
import { chooseObjects, compileHeaders, freeObjects, listSources } from '../../scripts/native/opencv-sources.ts';
import { ADDON_FILES } from '../../scripts/native/recipe.ts';

const packageSources = fileURLToPath(new URL('../../node_modules/@u4/opencv4nodejs/cc', import.meta.url));

async function copySources(folder: string): Promise<void> {
  for (const file of ADDON_FILES) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(packageSources, file), join(folder, file));
  }
  // As the patch adds them.
  const capture = join(folder, 'io/VideoCapture.cc');
  const text = await readFile(capture, 'utf8');
  const more = ['grabAsync', 'retrieveAsync']
    .map((name) => `  Nan::SetPrototypeMethod(ctor, "${name}", X);\n`)
    .join('');
  await writeFile(
    capture,
    text.replace('  Nan::SetPrototypeMethod(ctor, "read", Read);\n', (line) => line + more),
  );
}

describe('sources of the addon', () => {
  test('calls that nobody makes go, with all that stands behind them', async () => {
    using scratch = new Scratch('calls');
    await copySources(scratch.path);
    await dropUnusedCalls(scratch.path, ADDON_FILES);
    const mat = await readFile(join(scratch.path, 'core/Mat.cc'), 'utf8');
    const registered = [...mat.matchAll(/SetPrototypeMethod\(ctor, "(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(registered, ['getData', 'copy', 'release']);
    const bodies = [...mat.matchAll(/^NAN_METHOD\(Mat::(\w+)\)/gm)].map(([, name]) => name);
    assert.deepEqual(bodies, ['New', 'Release', 'GetData', 'Copy']);
    const imgproc = await readFile(join(scratch.path, 'imgproc/MatImgproc.cc'), 'utf8');
    const drawn = [...imgproc.matchAll(/^NAN_METHOD\(MatImgproc::(\w+)\)/gm)].map(([, name]) => name);
    assert.deepEqual(drawn.sort(), ['DrawRectangle', 'PutText', 'ResizeAsync']);
  });

  test('a call that is kept and is not in the sources is an error', async () => {
    using scratch = new Scratch('calls');
    await copySources(scratch.path);
    const path = join(scratch.path, 'io/io.cc');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"imdecode"', '"imDecode"'));
    await assert.rejects(
      dropUnusedCalls(scratch.path, ADDON_FILES),
      /^Error: Cannot find imdecode in opencv4nodejs's io\/io\.cc$/,
    );
  });

  test('a part that should go and is not there is an error', async () => {
    using scratch = new Scratch('calls');
    await copySources(scratch.path);
    const path = join(scratch.path, 'core/Vec.cc');
    await writeFile(path, (await readFile(path, 'utf8')).replace('Vec4::Init(', 'Vec4::init('));
    await assert.rejects(dropUnusedCalls(scratch.path, ADDON_FILES), /Cannot find 'Vec4::Init\(vec4Ctor\);' in/);
  });
});

describe('sources of OpenCV', () => {
  const object = (module: string, path: string) => `modules/${module}/CMakeFiles/opencv_${module}.dir/${path}.cpp.o`;
  const rule = (path: string) => `build ${path}: CXX_COMPILER /src || order\n`;
  const all = listSources().map(([module, path]) => object(module, `src/${path}`));

  test('objects are chosen with those for each level of the processor, and no others', () => {
    const levels = [object('core', 'convert.avx2'), object('imgproc', 'src/resize.sse4_1')];
    const others = [object('core', 'src/dxt'), object('core', 'arithm.avx2'), object('dnn', 'src/resize')];
    const chosen = chooseObjects([...all, ...levels, ...others].map(rule).join(''));
    assert.deepEqual(chosen.sort(), [...all, ...levels].sort());
  });

  test('objects do not wait for the library of another module', () => {
    const kernels = 'build modules/imgproc/opencl_kernels_imgproc.cpp: CUSTOM_COMMAND /src/a.cl';
    const rest = `${rule(all[0] ?? '')}build lib/libopencv_core.a: LINK x\n`;
    assert.equal(freeObjects(`${kernels} || lib/libopencv_core.a\n${rest}`), `${kernels}\n${rest}`);
    assert.throws(() => freeObjects(rest), /^Error: Cannot find the code for OpenCL/);
  });

  test('a source that OpenCV does not have is an error', () => {
    const plan = all
      .filter((path) => !path.includes('/resize.'))
      .map(rule)
      .join('');
    assert.throws(() => chooseObjects(plan), /^Error: Cannot find imgproc\/resize among OpenCV's sources$/);
  });

  test('the header of a module is compiled with the options that most of its sources have', () => {
    const block = (name: string, defines: string) =>
      `build ${object('core', `src/${name}`)}: CXX /w/modules/core/src/${name}.cpp || order\n` +
      `  DEFINES = ${defines}\n  DEP_FILE = x.d\n  FLAGS = -O3\n  INCLUDES = -I/w\n  OBJECT_DIR = y\n\n`;
    const names = ['alloc', 'array', 'copy', 'dxt', 'eigen'];
    const plan = names.map((name, i) => block(name, i === 1 || i === 2 ? '-DA' : '-DB')).join('');
    const chosen = names.slice(0, 3).map((name) => object('core', `src/${name}`));
    assert.deepEqual(compileHeaders(plan, chosen), [
      {
        output: '/w/modules/core/src/precomp.hpp.gch',
        statement:
          'build /w/modules/core/src/precomp.hpp.gch: CXX /w/modules/core/src/precomp.hpp\n' +
          '  DEFINES = -DA\n  FLAGS = -x c++-header -O3\n  INCLUDES = -I/w\n  DEP_FILE = core-header.d\n',
      },
    ]);
  });
});

describe('objects of FFmpeg', () => {
  async function makeLibrary(scratch: Scratch): Promise<void> {
    const texts = {
      Makefile: 'OBJS = aes.o \\\n  tx.o tx_float.o \\\n  crc.o\n',
      'x86/Makefile': 'X86ASM-OBJS += x86/tx_float.o x86/cpuid.o\n',
      'aarch64/Makefile': 'OBJS += aarch64/cpu.o\n',
    };
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(dirname(join(scratch.path, name)), { recursive: true });
      await writeFile(join(scratch.path, name), text);
    }
  }

  test('objects that nothing calls go from all makefiles of a library, and no others', async () => {
    using scratch = new Scratch('makefiles');
    await makeLibrary(scratch);
    await dropObjects(scratch.path, ['tx', 'tx_float']);
    assert.equal(await readFile(join(scratch.path, 'Makefile'), 'utf8'), 'OBJS = aes.o \\\n    \\\n  crc.o\n');
    assert.equal(await readFile(join(scratch.path, 'x86/Makefile'), 'utf8'), 'X86ASM-OBJS +=  x86/cpuid.o\n');
    assert.equal(await readFile(join(scratch.path, 'aarch64/Makefile'), 'utf8'), 'OBJS += aarch64/cpu.o\n');
  });

  test('an object that no makefile names is an error', async () => {
    using scratch = new Scratch('makefiles');
    await makeLibrary(scratch);
    await assert.rejects(dropObjects(scratch.path, ['tx', 'des']), /^Error: Cannot find des in the makefiles of /);
  });
});

# tsrun-init (freestanding), the addon for Node.js, the executable `tsrun`, and two tools that build it: the compiler of bytecode, and load-at.
# scripts/build.mjs sets the variables and makes the bundle. Source files are found by scripts/sources.mjs, flags are in scripts/flags.mjs: CMakeLists.txt reads both, too.
{
  'variables': {
    # From scripts/quickjs/locate.sh.
    'quickjs_include%': '',
    'quickjs_library%': '',
    'quickjs_version%': '',
    # static, shared or none: how libseccomp is linked.
    'seccomp%': 'none',
    # The bundle of src/entry/quickjs.ts.
    'bundle%': 'build/bundle/qjs',
    # Bytes that are reserved for images of programs (scripts/images.mjs): one page in an executable without images.
    'program_room%': 4096,
    # Runs the programs that the build makes: an emulator if they are for another architecture.
    'emulator%': 'env',
  },
  'target_defaults': {
    'cflags!': ['-O3', '-fno-omit-frame-pointer', '-Wno-unused-parameter', '-pthread'],
    'cflags': ['<!@(node scripts/flags.mjs all compile)'],
    # Not in cflags: Node.js' common.gypi removes it from there.
    'cflags_cc': ['<!@(node scripts/flags.mjs all cxx)'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    # Sources generated from src/protocol/.
    'include_dirs': ['<!(node scripts/protocol/generate.mjs)'],
    'ldflags!': ['-rdynamic'],
    'ldflags': ['<!@(node scripts/flags.mjs all link)'],
    'defines!': ['_GLIBCXX_USE_CXX11_ABI=1', 'NODE_GYP_MODULE_NAME=>(_target_name)'],
  },
  'targets': [
    {
      # Runs inside the container, without a C library.
      'target_name': 'tsrun-init',
      'type': 'executable',
      'sources': ['<!@(node scripts/sources.mjs init)'],
      'cflags': ['<!@(node scripts/flags.mjs init compile)'],
      'cflags_cc': ['<!@(node scripts/flags.mjs init cxx)'],
      'ldflags!': ['-pthread'],
      'ldflags': ['<!@(node scripts/flags.mjs init link)'],
    },
    {
      'target_name': 'init-image',
      'type': 'static_library',
      'dependencies': ['tsrun-init'],
      'actions': [
        {
          'action_name': 'embed',
          'inputs': ['<(PRODUCT_DIR)/tsrun-init', 'scripts/embed.mjs'],
          'outputs': ['<(SHARED_INTERMEDIATE_DIR)/init_image.S'],
          'action': ['node', 'scripts/embed.mjs', '<(PRODUCT_DIR)/tsrun-init', 'tsrun_init', '<@(_outputs)'],
          'process_outputs_as_sources': 1,
        },
      ],
    },
    {
      'target_name': 'core',
      'type': 'static_library',
      'sources': ['<!@(node scripts/sources.mjs core)'],
      'cflags': ['<!@(node scripts/flags.mjs core compile)'],
      'conditions': [['seccomp!="none"', {'defines': ['TSRUN_SECCOMP']}]],
      'direct_dependent_settings': {
        'conditions': [
          ['seccomp=="shared"', {'libraries': ['-lseccomp']}],
          ['seccomp=="static"', {'libraries': ['-l:libseccomp.a']}],
        ],
      },
    },
    {
      'target_name': 'addon',
      'product_name': 'tsrun',
      'type': 'loadable_module',
      'dependencies': ['core', 'init-image'],
      'sources': ['<!@(node scripts/sources.mjs addon)'],
      'cflags': ['-isystem', "<!(node -p \"path.resolve(require('node-addon-api').include_dir)\")"],
      # The last definition: in a worker thread that is being terminated, a call returns instead of throwing.
      'defines': ['NAPI_DISABLE_CPP_EXCEPTIONS', 'NAPI_VERSION=8', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'ldflags': ['<!@(node scripts/flags.mjs addon link)'],
    },
    {
      'target_name': 'bytecode-compiler',
      'type': 'executable',
      'sources': ['native/quickjs/tools/compile.cc'],
      'libraries': ['<(quickjs_library)', '-lm'],
      # -isystem: no warnings about headers that are not ours.
      'cflags': ['<!@(node scripts/flags.mjs tool compile)', '-isystem', '<(quickjs_include)'],
    },
    {
      'target_name': 'load-at',
      'type': 'executable',
      'sources': ['native/quickjs/tools/load_at.cc'],
    },
    {
      'target_name': 'tsrun',
      'type': 'executable',
      'dependencies': ['core', 'init-image', 'bytecode-compiler', 'load-at'],
      'sources': ['<!@(node scripts/sources.mjs host)'],
      'include_dirs': ['.'],
      'defines': ['TSRUN_QUICKJS_VERSION="<(quickjs_version)"', 'TSRUN_PROGRAM_ROOM=<(program_room)'],
      'libraries': ['<(quickjs_library)', '-lm'],
      'actions': [
        {
          'action_name': 'bytecode',
          'inputs': ['<(PRODUCT_DIR)/bytecode-compiler', '<!@(node scripts/sources.mjs bundle <(bundle))'],
          'outputs': ['<(SHARED_INTERMEDIATE_DIR)/bytecode.cc'],
          'action': ['<(emulator)', '<(PRODUCT_DIR)/bytecode-compiler', '<@(_outputs)', '<!@(node scripts/sources.mjs bundle <(bundle))'],
          'process_outputs_as_sources': 1,
        },
      ],
      'cflags': ['<!@(node scripts/flags.mjs host compile)', '-isystem', '<(quickjs_include)'],
      'ldflags': ['<!@(node scripts/flags.mjs host link)'],
      'conditions': [
        ['seccomp=="shared"', {'ldflags': ['<!@(node scripts/flags.mjs shared link)']}, {'ldflags': ['<!@(node scripts/flags.mjs static link)']}],
      ],
    },
  ],
}

# tsrun-init (freestanding), the addon for Node.js, the executable `tsrun`, and two tools that build it: the compiler of bytecode, and load-at.
# scripts/build.mjs sets the variables and makes the bundle; new source files are found by scripts/sources.mjs.
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
    # Bytes for images of programs (scripts/images.mjs): at least a page, which is what an executable without images has.
    'program_room%': 4096,
    # Runs what is built; an emulator if that is for another architecture.
    'emulator%': 'env',
  },
  'target_defaults': {
    'cflags!': ['-O3', '-fno-omit-frame-pointer', '-Wno-unused-parameter', '-pthread'],
    'cflags': ['-O2', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', '-fstack-protector-strong'],
    # Not in cflags, from which Node.js' common.gypi takes it out.
    'cflags_cc': ['-Werror', '-std=c++17'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    # What is written from src/protocol/.
    'include_dirs': ['<!(node scripts/protocol/generate.mjs)'],
    'ldflags!': ['-rdynamic'],
    'ldflags': ['-Wl,--gc-sections', '-Wl,-O1', '-s'],
    'defines!': ['_GLIBCXX_USE_CXX11_ABI=1', 'NODE_GYP_MODULE_NAME=>(_target_name)'],
  },
  'targets': [
    {
      # Runs inside the container: no C library, nothing that could need one.
      'target_name': 'tsrun-init',
      'type': 'executable',
      'sources': ['<!@(node scripts/sources.mjs init)'],
      # The canary is a variable (stack_guard.cc): there is no thread control block. Decision 0015.
      'cflags': ['-ffreestanding', '-fno-pie', '-mstack-protector-guard=global', '-fno-asynchronous-unwind-tables', '-mgeneral-regs-only'],
      'cflags_cc': ['-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'],
      'ldflags!': ['-pthread'],
      'ldflags': ['-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,norelro'],
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
      # Position independent, since the addon is a shared object.
      'target_name': 'core',
      'type': 'static_library',
      'sources': ['<!@(node scripts/sources.mjs core)'],
      'cflags': ['-fPIC'],
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
      'defines': ['NAPI_DISABLE_CPP_EXCEPTIONS', 'NAPI_VERSION=8'],
      # libgcc_s is shared, since Node.js has it loaded and the static one needs glibc 2.35 (glibc_2_28.cc).
      'ldflags': ['-Wl,-z,relro,-z,now', '-static-libstdc++'],
    },
    {
      'target_name': 'bytecode-compiler',
      'type': 'executable',
      'sources': ['native/quickjs/tools/compile.cc'],
      'libraries': ['<(quickjs_library)', '-lm'],
      # -isystem: our warnings are not for others' headers.
      'cflags': ['-fPIE', '-isystem', '<(quickjs_include)'],
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
      'cflags': ['-fPIE', '-isystem', '<(quickjs_include)'],
      # Of the engine's calls: native/quickjs/heap/maker.cc.
      'ldflags': ['-Wl,-z,relro,-z,now', '-Wl,--wrap=gettimeofday'],
      # Static, since looking for shared libraries would take a quarter of the start-up; position independent all the same (3 % slower), because a
      # program of root's that reads what others wrote should not lie at known addresses.
      'conditions': [
        ['seccomp=="shared"', {'ldflags': ['-pie', '-static-libstdc++', '-static-libgcc']}, {'ldflags': ['-static-pie']}],
      ],
    },
  ],
}

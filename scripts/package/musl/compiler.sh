# The common end of the compilers that compilers.sh writes, behind its definitions of sysroot, machine, compiler and headers.
# ---
library=$sysroot/usr/lib/$machine-linux-musl
links=1 shared=
for argument in "$@"; do
  case $argument in
    # tsrun-init links nothing, so it needs nothing of this.
    -c | -fsyntax-only | -S | -E | -M | -MM | -nostdlib | --version | -dump* | -print-*) links= ;;
    -shared) shared=1 ;;
  esac
done
# musl's sources do not have the tests for threads that glibc's weak symbols are.
set -- -nostdinc $headers -isystem "$sysroot/usr/include/$machine-linux-musl" "$@"
# Else every atomic operation asks libgcc, which asks glibc, what the processor has.
[ $machine != aarch64 ] || set -- -mno-outline-atomics "$@"
[ -n "$links" ] || exec $compiler "$@"
begin=$($compiler -print-file-name=crtbeginS.o) end=$($compiler -print-file-name=crtendS.o)
if [ -n "$shared" ]; then
  # The addon: the templates in it are not for Node.js, which has a libstdc++ of its own.
  exec $compiler -nostdlib "-Wl,--version-script=$sysroot/lib/addon.map" "-L$sysroot/lib" "-L$library" "$library/crti.o" "$begin" "$@" "$sysroot/lib/runtime.o" -l:libc.musl-$machine.so.1 -lgcc "$end" "$library/crtn.o"
fi
# Static, so that it runs where musl is not.
exec $compiler -nostdlib -static-pie "-L$sysroot/lib" "-L$library" "$library/rcrt1.o" "$library/crti.o" "$begin" "$@" "$sysroot/lib/runtime.o" \
  -Wl,--start-group -lc -lgcc -Wl,--end-group "$end" "$library/crtn.o"

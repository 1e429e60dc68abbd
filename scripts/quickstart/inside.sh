date '+started %s%N'
echo "inside:  pid $$, hostname $(cat /proc/sys/kernel/hostname), network namespace $(readlink /proc/self/ns/net)"
echo "inside:  network interfaces: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | paste -sd, -)"
echo 'only here' > /written-inside
echo "inside:  /written-inside contains: $(cat /written-inside)"

# Sourced by devices.sh: limits of an RDMA device.
# shellcheck shell=bash disable=SC2154
# A software RDMA device, on a network interface that leads nowhere.
gcc -O1 -static -o rootfs/bin/verbs_contexts "$programs/limits/verbs_contexts.c"
modprobe dummy && ip link add vmdummy type dummy && ip link set vmdummy up && modprobe rdma_rxe && modprobe ib_uverbs && rdma link add rxe0 type rxe netdev vmdummy
until [ -c /dev/infiniband/uverbs0 ]; do sleep 0.1; done
IFS=: read -r major minor </sys/class/infiniband_verbs/uverbs0/dev
contexts() { # LIMITS COMMAND
  configure "c['linux']['devices'] = [dict(type='c', path='/dev/uverbs', major=$major, minor=$minor)]
c['linux']['resources']['devices'].append(dict(allow=True, type='c', major=$major, minor=$minor, access='rw'))
c['linux']['resources']['rdma'] = $1; shell('$2')"
}
contexts 'dict()' 'verbs_contexts /dev/uverbs 3'
check 'limits: three contexts of an RDMA device without a limit' opened "$(run run w)"
contexts 'dict(rxe0=dict(hcaHandles=2, hcaObjects=50))' 'verbs_contexts /dev/uverbs 2; verbs_contexts /dev/uverbs 3'
check 'limits: rdma: the third is one too many' $'opened\ncontext 3: Resource temporarily unavailable' "$(run run w)"
contexts 'dict(rxe0=dict(hcaHandles=2, hcaObjects=50))' 'sleep 1000'
detached w
check 'limits: rdma.max' 'rxe0 hca_handle=2 hca_object=50' "$(echo $(cat $cg/tsrun-w/rdma.max))"
check 'update: rdma' opened "$(echo '{"rdma": {"rxe0": {"hcaHandles": 3}}}' | run update -r - w)$(run exec w verbs_contexts /dev/uverbs 3)"
check 'update: rdma keeps what it does not name' 'rxe0 hca_handle=3 hca_object=50' "$(echo $(cat $cg/tsrun-w/rdma.max))"
run delete --force w

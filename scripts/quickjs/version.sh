# What is built: the upstream tarball inside Debian 13's source package `quickjs`.
quickjs_version=2025.04.26
quickjs_sha256=ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe

# The sources to fetch: the upstream tarball in Debian 13's source package `quickjs`; for TSRUN_QUICKJS=ng Debian sid's package `qjs-src`.
quickjs_version=2025.04.26
quickjs_sha256=ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe
ng_version=0.17.0
ng_package=qjs-src=0.17.0-1
ng_sha256=04631979bdadaccffd76c1cb0aff5d07389aa889a90b6a902eba858a3a3b3988
# The oldest version that native/quickjs compiles with; older ones have another API.
quickjs_oldest=2025-04-26
ng_oldest=0.17.0

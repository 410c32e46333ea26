{
  "targets": [
    {
      "target_name": "lvskeeper",
      "sources": [
        "addon.cc",
        "beat.cc",
        "beat_engine.cc",
        "connect_engine.cc",
        "connector.cc",
        "direct.cc",
        "ear.cc",
        "inotify.cc",
        "io.cc",
        "listing.cc",
        "lock.cc",
        "namespace.cc",
        "neighbour.cc",
        "netlink.cc",
        "packet.cc",
        "pattern.cc",
        "prctl.cc",
        "privileges.cc",
        "probe.cc",
        "raw.cc",
        "scheduling.cc",
        "scripts.cc",
        "signals.cc",
        "table_text.cc",
        "udp.cc",
        "unix_datagram.cc",
        "watch.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++14", "-std=gnu++20"],
      "cflags_cc": ["-std=gnu++17", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"]
    },
    {
      "target_name": "lvskeeper-scripts",
      "type": "executable",
      "product_extension": "",
      "sources": ["script_child.cc", "script_family.cc", "script_orphans.cc", "script_runner.cc"],
      "cflags_cc!": ["-std=gnu++14", "-std=gnu++20"],
      "cflags_cc": ["-std=gnu++17", "-Wall", "-Wextra", "-Werror"],
      "ldflags": ["-static-libstdc++", "-static-libgcc"]
    }
  ]
}

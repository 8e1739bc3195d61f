//! tfplugin6: wire messages and the service.

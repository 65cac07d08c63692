#include <stddef.h>

// Loads the driver from a file (by dlopen's rules) and initialises it. Returns 0; or -1 if the file cannot be loaded, else the
// driver's error code, with the reason in why. Until then every function of the driver answers that it is not initialised; after a
// failure, that there is no device.
int driver_load(const char *file, char *why, size_t why_bytes);

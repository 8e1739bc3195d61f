/* Stands in for the DLL bcryptprimitives.dll of Windows, which the standard library of Rust needs and Wine lacks before 9.0. */

#include <windows.h>
#include <ntsecapi.h>

/* The function of Windows' own library: fills a buffer with random bytes, and cannot fail. */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}

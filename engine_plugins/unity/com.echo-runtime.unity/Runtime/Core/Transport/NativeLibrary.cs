using System;
using System.Runtime.InteropServices;

namespace EchoRuntime
{
    /// <summary>
    /// Opens a native library by one of several names and finds its functions, with the means of each system: the name
    /// that DllImport takes is fixed when the program is built, and libzmq's differs.
    /// </summary>
    internal sealed class NativeLibrary
    {
        private const int Now = 2; // RTLD_NOW
        private readonly IntPtr _handle;
        private readonly Loader _loader;

        private enum Loader
        {
            Windows,
            Linux,
            Other,
        }

        private NativeLibrary(Loader loader, IntPtr handle)
        {
            _loader = loader;
            _handle = handle;
        }

        /// <summary>The first of these names or paths that can be opened; null when none can. Stays open for ever.</summary>
        public static NativeLibrary Open(string[] names)
        {
            foreach (string name in names)
            {
                foreach (Loader loader in Loaders())
                {
                    IntPtr handle = TryOpen(loader, name);
                    if (handle != IntPtr.Zero) return new NativeLibrary(loader, handle);
                }
            }
            return null;
        }

        /// <summary>A function as a delegate; null when the library has none of this name.</summary>
        public T Function<T>(string name) where T : class
        {
            IntPtr address = _loader == Loader.Windows ? GetProcAddress(_handle, name)
                : _loader == Loader.Linux ? LinuxSymbol(_handle, name) : OtherSymbol(_handle, name);
            return address == IntPtr.Zero ? null : (T)(object)Marshal.GetDelegateForFunctionPointer(address, typeof(T));
        }

        private static Loader[] Loaders()
        {
            if (Environment.OSVersion.Platform == PlatformID.Win32NT) return new[] { Loader.Windows };
            return new[] { Loader.Linux, Loader.Other }; // glibc's loader; then the name that macOS and Android have
        }

        private static IntPtr TryOpen(Loader loader, string name)
        {
            try
            {
                if (loader == Loader.Windows) return LoadLibrary(name);
                return loader == Loader.Linux ? LinuxOpen(name, Now) : OtherOpen(name, Now);
            }
            catch (DllNotFoundException)
            {
                return IntPtr.Zero;
            }
            catch (EntryPointNotFoundException)
            {
                return IntPtr.Zero;
            }
        }

        [DllImport("kernel32", CharSet = CharSet.Unicode, EntryPoint = "LoadLibraryW")]
        private static extern IntPtr LoadLibrary(string name);

        [DllImport("kernel32", CharSet = CharSet.Ansi)]
        private static extern IntPtr GetProcAddress(IntPtr library, string name);

        [DllImport("libdl.so.2", EntryPoint = "dlopen")]
        private static extern IntPtr LinuxOpen(string name, int flags);

        [DllImport("libdl.so.2", EntryPoint = "dlsym")]
        private static extern IntPtr LinuxSymbol(IntPtr library, string name);

        [DllImport("libdl", EntryPoint = "dlopen")]
        private static extern IntPtr OtherOpen(string name, int flags);

        [DllImport("libdl", EntryPoint = "dlsym")]
        private static extern IntPtr OtherSymbol(IntPtr library, string name);
    }
}

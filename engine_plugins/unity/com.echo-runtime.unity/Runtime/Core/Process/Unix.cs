using System;
using System.Runtime.InteropServices;
using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// The calls of the C library that a child process needs. Only such as take a fixed number of arguments: others are
    /// passed differently on some machines. Found by the library's name, as libzmq is.
    /// </summary>
    internal static class Unix
    {
        private static readonly NativeLibrary Library = NativeLibrary.Open(
            new[] { "libc.so.6", "libSystem.dylib", "libc.so" });

        private static readonly PipeCall CallPipe = Find<PipeCall>("pipe");
        private static readonly ReadCall CallRead = Find<ReadCall>("read");
        private static readonly CloseCall CallClose = Find<CloseCall>("close");
        private static readonly KillCall CallKill = Find<KillCall>("kill");
        private static readonly WaitCall CallWait = Find<WaitCall>("waitpid");
        private static readonly SpawnCall CallSpawn = Find<SpawnCall>("posix_spawnp");
        private static readonly ActionsCall CallInit = Find<ActionsCall>("posix_spawn_file_actions_init");
        private static readonly ActionsCall CallDestroy = Find<ActionsCall>("posix_spawn_file_actions_destroy");
        private static readonly DuplicateCall CallDuplicate = Find<DuplicateCall>("posix_spawn_file_actions_adddup2");
        private static readonly AddCloseCall CallAddClose = Find<AddCloseCall>("posix_spawn_file_actions_addclose");
        private static readonly AddOpenCall CallAddOpen = Find<AddOpenCall>("posix_spawn_file_actions_addopen");

        [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
        private delegate int PipeCall(int[] ends);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate IntPtr ReadCall(int file, byte[] into, UIntPtr count);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int CloseCall(int file);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int KillCall(int id, int signal);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int WaitCall(int id, out int status, int options);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int SpawnCall(
            out int id, byte[] file, IntPtr actions, IntPtr attributes, IntPtr argv, IntPtr environment);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int ActionsCall(IntPtr actions);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int DuplicateCall(IntPtr actions, int from, int to);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int AddCloseCall(IntPtr actions, int file);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int AddOpenCall(IntPtr actions, int file, byte[] path, int flags, int mode);

        public static int Pipe(int[] ends)
        {
            return CallPipe(ends);
        }

        /// <summary>Bytes read; 0 at the end, −1 when it failed.</summary>
        public static long Read(int file, byte[] into)
        {
            return CallRead(file, into, (UIntPtr)(uint)into.Length).ToInt64();
        }

        public static void Close(int file)
        {
            CallClose(file);
        }

        public static void Signal(int id, int signal)
        {
            CallKill(id, signal);
        }

        public static int Wait(int id, out int status, int options)
        {
            return CallWait(id, out status, options);
        }

        /// <summary>0, or the system's number of what is wrong.</summary>
        public static int Spawn(out int id, string file, IntPtr actions, IntPtr attributes, IntPtr argv, IntPtr environment)
        {
            return CallSpawn(out id, Text(file), actions, attributes, argv, environment);
        }

        public static void InitActions(IntPtr actions)
        {
            CallInit(actions);
        }

        public static void DestroyActions(IntPtr actions)
        {
            CallDestroy(actions);
        }

        public static void AddDuplicate(IntPtr actions, int from, int to)
        {
            CallDuplicate(actions, from, to);
        }

        public static void AddClose(IntPtr actions, int file)
        {
            CallAddClose(actions, file);
        }

        public static void AddOpen(IntPtr actions, int file, string path, int flags, int mode)
        {
            CallAddOpen(actions, file, Text(path), flags, mode);
        }

        private static byte[] Text(string text)
        {
            return Encoding.UTF8.GetBytes(text + "\0");
        }

        private static T Find<T>(string name) where T : class
        {
            T call = Library == null ? null : Library.Function<T>(name);
            if (call == null) throw new EntryPointNotFoundException(name);
            return call;
        }
    }
}

using System;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// A child by CreateProcess (https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw)
    /// without a window, its output and errors in one pipe, in a job, so that what it has started ends with it.
    /// </summary>
    internal sealed class WindowsProcess : IChildProcess
    {
        private const uint NoWindow = 0x08000000, Suspended = 0x4, Inherit = 1, StillThere = 0x102, OwnHandles = 0x100;
        private readonly PipeLines _lines;
        private readonly IntPtr _process, _job;

        [StructLayout(LayoutKind.Sequential)]
        private struct Security
        {
            public int Length;
            public IntPtr Descriptor;
            public int InheritHandle;
        }

        [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
        private struct StartUp
        {
            public int Size;
            public IntPtr Reserved, Desktop, Title;
            public int X, Y, Width, Height, Columns, Rows, Fill;
            public uint Flags;
            public short ShowWindow, ReservedBytes;
            public IntPtr ReservedPointer, Input, Output, Error;
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct Started
        {
            public IntPtr Process, Thread;
            public int ProcessId, ThreadId;
        }

        private WindowsProcess(Started started, IntPtr job, IntPtr output)
        {
            _process = started.Process;
            _job = job;
            Id = started.ProcessId;
            _lines = new PipeLines(
                bytes =>
                {
                    int count;
                    return ReadFile(output, bytes, bytes.Length, out count, IntPtr.Zero) ? count : 0;
                },
                () => CloseHandle(output));
        }

        public int Id { get; private set; }

        public bool Running
        {
            get { return WaitForSingleObject(_process, 0) == StillThere; }
        }

        public int ExitCode
        {
            get
            {
                int code;
                return !Running && GetExitCodeProcess(_process, out code) ? code : -1;
            }
        }

        public static WindowsProcess Begin(string file, string arguments, string folder)
        {
            var inherited = new Security { Length = Marshal.SizeOf(typeof(Security)), InheritHandle = 1 };
            IntPtr output, write;
            if (!CreatePipe(out output, out write, ref inherited, 0)) throw Refused(file, Marshal.GetLastWin32Error());
            SetHandleInformation(output, Inherit, 0);
            var start = new StartUp
            {
                Size = Marshal.SizeOf(typeof(StartUp)), Flags = OwnHandles, Output = write, Error = write,
            };
            Started started;
            var line = new StringBuilder(RuntimeCommand.Quote(file) + " " + arguments);
            string place = string.IsNullOrEmpty(folder) ? null : folder;
            // it runs once it is in its job: nothing that it starts can be missed
            bool made = CreateProcess(
                null, line, IntPtr.Zero, IntPtr.Zero, true, NoWindow | Suspended, IntPtr.Zero, place, ref start, out started);
            int error = made ? 0 : Marshal.GetLastWin32Error();
            CloseHandle(write);
            if (!made)
            {
                CloseHandle(output);
                throw Refused(file, error);
            }
            IntPtr job = CreateJobObject(IntPtr.Zero, IntPtr.Zero);
            AssignProcessToJobObject(job, started.Process);
            ResumeThread(started.Thread);
            CloseHandle(started.Thread);
            return new WindowsProcess(started, job, output);
        }

        public string TakeLine()
        {
            return _lines.Take();
        }

        public void Stop(int graceMilliseconds)
        {
            // a console program without a window has no gentle way out
            if (Running && !TerminateJobObject(_job, 1)) TerminateProcess(_process, 1);
            for (int waited = 0; waited < 1000 && Running; waited += 10) Thread.Sleep(10);
        }

        private static UsageException Refused(string file, int error)
        {
            string why = error == 2 || error == 3 ? "there is no such program" : error == 5 ? "it may not be run" : "error " + error;
            return new UsageException("The runtime '" + file + "' could not be started: " + why + ".");
        }

        [DllImport("kernel32", SetLastError = true)]
        private static extern bool CreatePipe(out IntPtr read, out IntPtr write, ref Security security, int size);

        [DllImport("kernel32")]
        private static extern bool SetHandleInformation(IntPtr handle, uint mask, uint flags);

        [DllImport("kernel32", CharSet = CharSet.Unicode, EntryPoint = "CreateProcessW", SetLastError = true)]
        private static extern bool CreateProcess(
            string file, StringBuilder line, IntPtr processSecurity, IntPtr threadSecurity, bool inheritHandles, uint flags,
            IntPtr environment, string folder, ref StartUp start, out Started started);

        [DllImport("kernel32")]
        private static extern int ResumeThread(IntPtr thread);

        [DllImport("kernel32", EntryPoint = "CreateJobObjectW")]
        private static extern IntPtr CreateJobObject(IntPtr security, IntPtr name);

        [DllImport("kernel32")]
        private static extern bool AssignProcessToJobObject(IntPtr job, IntPtr process);

        [DllImport("kernel32")]
        private static extern bool TerminateJobObject(IntPtr job, int code);

        [DllImport("kernel32")]
        private static extern bool TerminateProcess(IntPtr process, int code);

        [DllImport("kernel32")]
        private static extern bool ReadFile(IntPtr file, byte[] into, int count, out int read, IntPtr overlapped);

        [DllImport("kernel32")]
        private static extern uint WaitForSingleObject(IntPtr handle, uint milliseconds);

        [DllImport("kernel32")]
        private static extern bool GetExitCodeProcess(IntPtr process, out int code);

        [DllImport("kernel32")]
        private static extern bool CloseHandle(IntPtr handle);
    }
}

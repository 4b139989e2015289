using System;
using System.IO;
using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// The name under which a game is known to the runtime: the same at every start, and another one for each copy that
    /// runs at the same time (several players in the editor, a build beside it), since two clients of one name take the
    /// session from each other. A file that is locked while a name is used keeps it. Release it by disposing.
    /// </summary>
    public sealed class ClientName : IDisposable
    {
        private const int MostCopies = 16;
        private FileStream _lock;

        private ClientName(string name, FileStream held)
        {
            Name = name;
            _lock = held;
        }

        public string Name { get; private set; }

        /// <summary>The first free of NAME, NAME-2, NAME-3 …</summary>
        /// <param name="wanted">Any text; what a name may not hold becomes a hyphen.</param>
        /// <param name="folder">For the lock files; made if need be. A folder that cannot be used locks nothing.</param>
        public static ClientName Take(string wanted, string folder)
        {
            string name = Valid(wanted);
            for (int copy = 1; copy <= MostCopies; copy++)
            {
                string free = copy == 1 ? name : name + "-" + copy;
                try
                {
                    Directory.CreateDirectory(folder);
                    return new ClientName(free, Lock(Path.Combine(folder, free + ".echo-client")));
                }
                catch (IOException)
                {
                    // another copy of the game holds it
                }
                catch (UnauthorizedAccessException)
                {
                    break;
                }
            }
            return new ClientName(name, null);
        }

        /// <summary>Throws IOException when somebody holds it, in this process or in another.</summary>
        private static FileStream Lock(string file)
        {
            var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                held.Lock(0, 1); // outside of Windows, Mono keeps FileShare within the process alone
            }
            catch (IOException)
            {
                held.Dispose();
                throw;
            }
            catch (NotSupportedException)
            {
                // a system without locks of ranges
            }
            return held;
        }

        /// <summary>At most 60 letters, digits, `_`, `-`, `.`: room is left for a number.</summary>
        public static string Valid(string wanted)
        {
            var name = new StringBuilder();
            foreach (char c in wanted ?? "")
            {
                bool allowed = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.';
                if (name.Length < 60) name.Append(allowed ? c : '-');
            }
            return name.Length == 0 ? "game" : name.ToString();
        }

        public void Dispose()
        {
            if (_lock != null) _lock.Dispose();
            _lock = null;
        }
    }
}

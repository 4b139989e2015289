using System.Collections.Generic;
using System.IO;
using System.Text;

namespace EchoRuntime
{
    /// <summary>The command that starts the runtime: which file, and with which words.</summary>
    public static class RuntimeCommand
    {
        private static readonly string[] Places =
        {
            "echo-runtime.exe", ".venv/Scripts/echo-runtime.exe", "Scripts/echo-runtime.exe",
            ".venv/bin/echo-runtime", "bin/echo-runtime", "echo-runtime",
        };

        /// <summary>
        /// The program at a path that a user gave: the file itself, or what is found in a folder (a checkout, a virtual
        /// environment). A bare name is left to the system's search path. Throws <see cref="UsageException"/>.
        /// </summary>
        /// <param name="game">Folder of the game, which relative paths begin at; null: that of the process.</param>
        public static string Find(string path, string game = null)
        {
            path = (path ?? "").Trim().Trim('"');
            if (path.Length == 0) return "echo-runtime";
            string beside = game == null || Path.IsPathRooted(path) ? path : Path.Combine(game, path);
            if (File.Exists(beside) || Directory.Exists(beside)) path = beside;
            if (File.Exists(path)) return Path.GetFullPath(path);
            if (Directory.Exists(path))
            {
                bool windows = Path.DirectorySeparatorChar == '\\';
                foreach (string place in Places)
                {
                    if (place.EndsWith(".exe") != windows) continue;
                    string file = Path.Combine(path, place.Replace('/', Path.DirectorySeparatorChar));
                    if (File.Exists(file)) return Path.GetFullPath(file);
                }
                throw new UsageException(
                    "There is no echo-runtime in the folder '" + path + "': give the folder of a checkout that has been "
                    + "set up, or of a virtual environment that it is installed in.");
            }
            if (path.IndexOf('/') < 0 && path.IndexOf('\\') < 0) return path;
            throw new UsageException(
                "There is no runtime at '" + path + "': set its path, or install it, or leave the path empty to use the "
                + "one on the search path.");
        }

        /// <summary>`run` without a window, fed by the engine.</summary>
        /// <param name="extra">More words, as a user typed them; may be "".</param>
        public static string Arguments(string avatar, string npc, int port, string extra)
        {
            var words = new List<string> { "run", "--headless", "--player", "engine", "--voice", "engine" };
            words.AddRange(new[] { "--control-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture) });
            if (!string.IsNullOrEmpty(avatar)) words.AddRange(new[] { "--avatar", avatar });
            if (!string.IsNullOrEmpty(npc)) words.AddRange(new[] { "--npc", npc });
            string line = string.Join(" ", words.ConvertAll(Quote).ToArray());
            return string.IsNullOrEmpty(extra) ? line : line + " " + extra.Trim();
        }

        /// <summary>
        /// One word for a command line, by the rules that Windows programs and .NET on other systems both follow:
        /// backslashes count double before a quotation mark.
        /// </summary>
        public static string Quote(string word)
        {
            if (word.Length > 0 && word.IndexOfAny(new[] { ' ', '\t', '"' }) < 0) return word;
            var quoted = new StringBuilder("\"");
            int slashes = 0;
            foreach (char c in word)
            {
                if (c == '\\') slashes++;
                else
                {
                    if (c == '"') quoted.Append('\\', slashes + 1);
                    slashes = 0;
                }
                quoted.Append(c);
            }
            return quoted.Append('\\', slashes).Append('"').ToString();
        }

        /// <summary>The words of a command line: what <see cref="Quote"/> puts together, and what a user typed.</summary>
        public static List<string> Words(string line)
        {
            var words = new List<string>();
            StringBuilder word = null;
            bool quoted = false;
            int slashes = 0;
            foreach (char c in line ?? "")
            {
                if (c == '\\')
                {
                    slashes++;
                    continue;
                }
                if (word == null && (slashes > 0 || c != ' ' && c != '\t')) word = new StringBuilder();
                if (c == '"')
                {
                    word.Append('\\', slashes / 2);
                    if (slashes % 2 == 1) word.Append('"');
                    else quoted = !quoted;
                    slashes = 0;
                    continue;
                }
                if (slashes > 0) word.Append('\\', slashes);
                slashes = 0;
                if (quoted || c != ' ' && c != '\t')
                {
                    if (word != null) word.Append(c);
                }
                else if (word != null)
                {
                    words.Add(word.ToString());
                    word = null;
                }
            }
            if (slashes > 0)
            {
                if (word == null) word = new StringBuilder();
                word.Append('\\', slashes);
            }
            if (word != null) words.Add(word.ToString());
            return words;
        }
    }
}

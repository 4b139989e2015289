using System.IO;

namespace EchoRuntime
{
    /// <summary>
    /// A file with a key pair, as `echo-runtime keys new` writes it: lines of a word, one space and a Z85 key of 40
    /// characters; `#` begins a remark.
    /// </summary>
    public sealed class KeyFile
    {
        private KeyFile()
        {
            PublicKey = SecretKey = "";
        }

        /// <summary>"" where the file has none.</summary>
        public string PublicKey { get; private set; }

        /// <summary>"" where the file has none.</summary>
        public string SecretKey { get; private set; }

        /// <summary>Throws <see cref="UsageException"/> for a file that cannot be read or holds no key.</summary>
        public static KeyFile Read(string path)
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines(path);
            }
            catch (IOException error)
            {
                throw new UsageException(
                    "The key file '" + path + "' cannot be read (" + error.Message
                    + "): make one with 'echo-runtime keys new'.");
            }
            var keys = new KeyFile();
            foreach (string line in lines)
            {
                string[] words = line.Trim().Split(' ');
                if (words.Length != 2 || words[0].StartsWith("#") || words[1].Length != 40) continue;
                if (words[0] == "public") keys.PublicKey = words[1];
                if (words[0] == "secret") keys.SecretKey = words[1];
            }
            if (keys.PublicKey.Length + keys.SecretKey.Length > 0) return keys;
            throw new UsageException("The key file '" + path + "' holds no key: make one with 'echo-runtime keys new'.");
        }
    }
}

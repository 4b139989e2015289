using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// The project's settings: Project Settings &gt; Echo Runtime. Kept as the asset `EchoSettings` in a Resources folder,
    /// so that a built game has them; without it the defaults hold.
    /// </summary>
    public sealed class EchoSettings : ScriptableObject
    {
        /// <summary>Name of the asset in a folder `Resources`.</summary>
        public const string AssetName = "EchoSettings";

        [Tooltip("Where the runtime listens. Any address but this machine's wants keys, or insecure LAN.")]
        public string host = "127.0.0.1";
        [Tooltip("Its control port.")]
        public int port = Limits.DefaultControlPort;
        [Tooltip("The name under which the game is known to the runtime; empty: the product's name. Copies that run at the same time get a number.")]
        public string clientName = "";
        [Tooltip("How the runtime is reached. Managed needs no native library and does not encrypt.")]
        public TransportKind transport = TransportKind.Automatic;
        [Tooltip("The runtime's public key, for an encrypted connection.")]
        public string serverKey = "";
        [Tooltip("This game's key file, made with: echo-runtime keys new NAME. Keep it out of the project.")]
        public string keyFile = "";
        [Tooltip("Lets faces and voices cross your own network unencrypted, for a headset in development.")]
        public bool insecureLan;

        [Header("Runtime process")]
        [Tooltip("Start the runtime with the game, unless one is running already.")]
        public bool startRuntime = true;
        [Tooltip("The program echo-runtime, or the folder of its checkout or virtual environment. Relative: to the project, or to the built game. Empty: the system's search path.")]
        public string runtimePath = "";
        [Tooltip("More words for: echo-runtime run")]
        public string runtimeArguments = "";
        [Tooltip("The avatar that the runtime begins with.")]
        public string avatar = "mira";

        private static EchoSettings _current;

        /// <summary>The project's folder in the editor; of a built game the folder that its program lies in.</summary>
        public static string GameFolder
        {
            get { return System.IO.Path.GetDirectoryName(Application.dataPath); }
        }

        /// <summary>The project's settings; never null.</summary>
        public static EchoSettings Current
        {
            get
            {
                if (_current == null) _current = Resources.Load<EchoSettings>(AssetName);
                if (_current == null) _current = CreateInstance<EchoSettings>();
                return _current;
            }
        }

        /// <summary>Client options of these settings. Throws <see cref="EchoException"/> for a key file that cannot be read.</summary>
        public EchoOptions Options(string client)
        {
            var options = new EchoOptions
            {
                Host = host, Port = port, Client = client, Transport = transport, ServerKey = serverKey.Trim(),
                InsecureLan = insecureLan,
            };
            if (keyFile.Length > 0) options.SecretKey = KeyFile.Read(keyFile).SecretKey;
            return options;
        }
    }
}

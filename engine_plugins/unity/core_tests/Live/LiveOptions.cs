using System;
using System.Collections.Generic;
using System.Globalization;

namespace EchoRuntime.Live
{
    /// <summary>What the command line says.</summary>
    internal sealed class LiveOptions
    {
        public const string Usage =
            "EchoLive.exe --port N (--npc NAME | --watch TOPIC) [--host ADDRESS] [--client NAME] [--fps F] [--seconds S]\n"
           
                + "             [--transport managed|libzmq] [--server-key Z85] [--key FILE] [--insecure-lan] [--proto MAJOR.MINOR]\n"
            + "Lines on standard input: speak FILE RATE · speak_text TEXT · interrupt · emotion NAME X · stall SECONDS ·\n"
            + "subscribe NPC · pause_audio SECONDS · command JSON · quit";

        public readonly EchoOptions Client = new EchoOptions();
        public string Npc = "";
        public readonly List<string> Watch = new List<string>();
        public double FramesPerSecond = 60.0;
        /// <summary>0 = until `quit`, or the end of standard input.</summary>
        public double Seconds;

        /// <summary>Throws <see cref="UsageException"/>.</summary>
        public static LiveOptions Parse(string[] arguments)
        {
            var options = new LiveOptions();
            for (int i = 0; i < arguments.Length; i++)
            {
                string name = arguments[i];
                if (name == "--insecure-lan")
                {
                    options.Client.InsecureLan = true;
                    continue;
                }
                if (i + 1 == arguments.Length)
                {
                    throw new UsageException("The option " + name + " is not known, or lacks its value.");
                }
                options.Set(name, arguments[++i]);
            }
            if ((options.Npc.Length == 0) == (options.Watch.Count == 0))
            {
                throw new UsageException("Give either --npc, or --watch with an NPC or '' for all.");
            }
            return options;
        }

        private void Set(string name, string value)
        {
            switch (name)
            {
                case "--host": Client.Host = value; break;
                case "--port": Client.Port = (int)Number(name, value); break;
                case "--client": Client.Client = value; break;
                case "--npc": Npc = value; break;
                case "--watch": Watch.Add(value); break;
                case "--fps": FramesPerSecond = Number(name, value); break;
                case "--seconds": Seconds = Number(name, value); break;
                case "--server-key": Client.ServerKey = value; break;
                case "--key": Client.SecretKey = KeyFile.Read(value).SecretKey; break;
                case "--proto":
                    string[] parts = (value + ".0").Split('.');
                    Client.Proto = new ProtocolVersion((int)Number(name, parts[0]), (int)Number(name, parts[1]));
                    break;
                case "--transport":
                    if (value != "managed" && value != "libzmq")
                    {
                        throw new UsageException("The transport is '" + value + "'; it must be managed or libzmq.");
                    }
                    Client.Transport = value == "managed" ? TransportKind.Managed : TransportKind.Libzmq;
                    break;
                default:
                    throw new UsageException("The option " + name + " is not known.");
            }
        }

        private static double Number(string name, string value)
        {
            double number;
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && number >= 0) return number;
            throw new UsageException("The value of " + name + " is '" + value + "'; it must be a number.");
        }
    }
}

using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// Whether a character's blend shape means a coefficient: makers write `eyeBlinkLeft`, `eyeBlink_L`,
    /// `EyeBlinkLeft`, `blendShape1.eyeBlinkLeft`, `Face_eye_blink_left`.
    /// </summary>
    public static class ShapeNames
    {
        /// <summary>Small letters and digits alone, without what stands before a dot, sides written out.</summary>
        public static string Plain(string name)
        {
            int dot = name.LastIndexOf('.');
            if (dot >= 0 && dot + 1 < name.Length) name = name.Substring(dot + 1);
            if (name.EndsWith("_L") || name.EndsWith("_l") || name.EndsWith("-L")) name = name.Substring(0, name.Length - 2) + "Left";
            if (name.EndsWith("_R") || name.EndsWith("_r") || name.EndsWith("-R")) name = name.Substring(0, name.Length - 2) + "Right";
            var plain = new StringBuilder(name.Length);
            foreach (char c in name)
            {
                if (char.IsLetterOrDigit(c)) plain.Append(char.ToLowerInvariant(c));
            }
            return plain.ToString();
        }

        /// <summary>The same name, or the shape's with a prefix before it.</summary>
        public static bool Same(string curve, string shape)
        {
            string a = Plain(curve), b = Plain(shape);
            return a.Length > 0 && (a == b || b.EndsWith(a) && HasPrefixMark(shape, a.Length));
        }

        /// <summary>
        /// A prefix must end with a mark: `Face_jawOpen` is jawOpen, but `browInnerUp` is no `innerUp`.
        /// </summary>
        private static bool HasPrefixMark(string shape, int letters)
        {
            int at = shape.Length;
            string plain = "";
            while (at > 0 && plain.Length < letters)
            {
                at--;
                plain = Plain(shape.Substring(at));
            }
            return at > 0 && !char.IsLetterOrDigit(shape[at - 1]);
        }
    }
}

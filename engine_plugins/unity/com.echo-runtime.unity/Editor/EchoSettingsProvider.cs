using System.Collections.Generic;
using EchoRuntime.Components;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>Project Settings &gt; Echo Runtime: edits the asset that a built game reads.</summary>
    internal static class EchoSettingsProvider
    {
        public const string Path = "Project/Echo Runtime";
        private const string Folder = "Assets/Resources";
        private const string Asset = Folder + "/" + EchoSettings.AssetName + ".asset";

        [SettingsProvider]
        private static SettingsProvider Provider()
        {
            return new SettingsProvider(Path, SettingsScope.Project)
            {
                label = "Echo Runtime", guiHandler = Draw,
                keywords = new HashSet<string> { "Echo", "NPC", "runtime", "port", "key", "avatar" },
            };
        }

        private static void Draw(string search)
        {
            EchoSettings settings = AssetDatabase.LoadAssetAtPath<EchoSettings>(Asset);
            if (settings == null)
            {
                EditorGUILayout.HelpBox("The defaults are used. Make the asset to change them.", MessageType.Info);
                if (GUILayout.Button("Make " + Asset)) Make();
                return;
            }
            var edited = new SerializedObject(settings);
            edited.Update();
            SerializedProperty property = edited.GetIterator();
            for (bool enter = true; property.NextVisible(enter); enter = false)
            {
                if (property.name != "m_Script") EditorGUILayout.PropertyField(property, true);
            }
            edited.ApplyModifiedProperties();
            Judge(settings);
        }

        /// <summary>Says at once what cannot work at play.</summary>
        private static void Judge(EchoSettings settings)
        {
            try
            {
                if (settings.startRuntime) RuntimeCommand.Find(settings.runtimePath, EchoSettings.GameFolder);
                if (settings.keyFile.Length > 0) KeyFile.Read(settings.keyFile);
            }
            catch (EchoException error)
            {
                EditorGUILayout.HelpBox(error.Message, MessageType.Error);
            }
        }

        private static void Make()
        {
            if (!AssetDatabase.IsValidFolder(Folder)) AssetDatabase.CreateFolder("Assets", "Resources");
            AssetDatabase.CreateAsset(ScriptableObject.CreateInstance<EchoSettings>(), Asset);
            AssetDatabase.SaveAssets();
        }
    }
}

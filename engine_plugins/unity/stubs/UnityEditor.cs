using System;
using System.Collections.Generic;
using UnityEngine;

namespace UnityEngine
{
    public class GUILayoutOption { } // GUILayoutOption

    public class GUILayout // GUILayout
    {
        public static bool Button(string text, params GUILayoutOption[] options) { return false; } // GUILayout.Button
        public static GUILayoutOption Height(float height) { return null; } // GUILayout.Height
    }

    public class GUILayoutUtility // GUILayoutUtility
    {
        public static Rect GetRect(float width, float height) { return default(Rect); } // GUILayoutUtility.GetRect
    }

    public enum ScaleMode { ScaleToFit = 2 } // ScaleMode
}

namespace UnityEditor
{
    public class Editor : ScriptableObject // Editor
    {
        public UnityEngine.Object target { get; set; } // Editor-target
        public virtual void OnInspectorGUI() { } // Editor.OnInspectorGUI
        public virtual bool RequiresConstantRepaint() { return false; } // Editor.RequiresConstantRepaint
        public bool DrawDefaultInspector() { return false; } // Editor.DrawDefaultInspector
    }

    public class CustomEditor : Attribute // CustomEditor
    {
        public CustomEditor(Type inspectedType) { } // CustomEditor-ctor
    }

    public enum MessageType { None, Info, Warning, Error } // MessageType

    public sealed class EditorGUILayout // EditorGUILayout
    {
        public static void Space() { } // EditorGUILayout.Space
        public static void HelpBox(string message, MessageType type) { } // EditorGUILayout.HelpBox
        public static void LabelField(string label, params GUILayoutOption[] options) { } // EditorGUILayout.LabelField
        public static void LabelField(string label, string label2, params GUILayoutOption[] options) { } // EditorGUILayout.LabelField
        public static string TextField(string label, string text, params GUILayoutOption[] options) { return null; } // EditorGUILayout.TextField
        public static int IntField(string label, int value, params GUILayoutOption[] options) { return 0; } // EditorGUILayout.IntField
        public static UnityEngine.Object ObjectField(string label, UnityEngine.Object obj, Type objType, bool allowSceneObjects, params GUILayoutOption[] options) { return null; } // EditorGUILayout.ObjectField
        public static bool PropertyField(SerializedProperty property, bool includeChildren, params GUILayoutOption[] options) { return false; } // EditorGUILayout.PropertyField
        public static Vector2 BeginScrollView(Vector2 scrollPosition, params GUILayoutOption[] options) { return scrollPosition; } // EditorGUILayout.BeginScrollView
        public static void EndScrollView() { } // EditorGUILayout.EndScrollView
    }

    public sealed class EditorGUI // EditorGUI
    {
        public static void DrawPreviewTexture(Rect position, Texture image, Material mat, ScaleMode scaleMode) { } // EditorGUI.DrawPreviewTexture
    }

    public sealed class EditorGUIUtility // EditorGUIUtility
    {
        public static float singleLineHeight { get { return 0f; } } // EditorGUIUtility-singleLineHeight
    }

    public class EditorWindow : ScriptableObject // EditorWindow
    {
        public static T GetWindow<T>(string title) where T : EditorWindow { return null; } // EditorWindow.GetWindow
    }

    public sealed class EditorUtility // EditorUtility
    {
        public static void SetDirty(UnityEngine.Object target) { } // EditorUtility.SetDirty
        public static string OpenFolderPanel(string title, string folder, string defaultName) { return null; } // EditorUtility.OpenFolderPanel
        public static bool DisplayDialog(string title, string message, string ok) { return false; } // EditorUtility.DisplayDialog
        public static bool DisplayCancelableProgressBar(string title, string info, float progress) { return false; } // EditorUtility.DisplayCancelableProgressBar
        public static void ClearProgressBar() { } // EditorUtility.ClearProgressBar
    }

    public sealed class MenuItem : Attribute // MenuItem
    {
        public MenuItem(string itemName) { } // MenuItem-ctor
        public MenuItem(string itemName, bool isValidateFunction) { } // MenuItem-ctor
        public MenuItem(string itemName, bool isValidateFunction, int priority) { } // MenuItem-ctor
    }

    public sealed class Selection // Selection
    {
        public static GameObject activeGameObject { get; set; } // Selection-activeGameObject
    }

    public sealed class Undo // Undo
    {
        public static void RecordObject(UnityEngine.Object objectToUndo, string name) { } // Undo.RecordObject
        public static void RegisterCreatedObjectUndo(UnityEngine.Object objectToUndo, string name) { } // Undo.RegisterCreatedObjectUndo
        public static void RegisterFullObjectHierarchyUndo(UnityEngine.Object objectToUndo, string name) { } // Undo.RegisterFullObjectHierarchyUndo
    }

    public sealed class AssetDatabase // AssetDatabase
    {
        public static T LoadAssetAtPath<T>(string assetPath) where T : UnityEngine.Object { return null; } // AssetDatabase.LoadAssetAtPath
        public static void CreateAsset(UnityEngine.Object asset, string path) { } // AssetDatabase.CreateAsset
        public static string CreateFolder(string parentFolder, string newFolderName) { return null; } // AssetDatabase.CreateFolder
        public static bool IsValidFolder(string path) { return false; } // AssetDatabase.IsValidFolder
        public static void SaveAssets() { } // AssetDatabase.SaveAssets
    }

    public class SerializedObject // SerializedObject
    {
        public SerializedObject(UnityEngine.Object obj) { } // SerializedObject-ctor
        public void Update() { } // SerializedObject.Update
        public bool ApplyModifiedProperties() { return false; } // SerializedObject.ApplyModifiedProperties
        public SerializedProperty GetIterator() { return null; } // SerializedObject.GetIterator
    }

    public class SerializedProperty // SerializedProperty
    {
        public string name { get { return null; } } // SerializedProperty-name
        public bool NextVisible(bool enterChildren) { return false; } // SerializedProperty.NextVisible
    }

    public enum SettingsScope { User, Project } // SettingsScope

    public class SettingsProvider // SettingsProvider
    {
        public SettingsProvider(string path, SettingsScope scopes, IEnumerable<string> keywords = null) { } // SettingsProvider-ctor
        public string label { get; set; } // SettingsProvider-label
        public Action<string> guiHandler { get; set; } // SettingsProvider-guiHandler
        public IEnumerable<string> keywords { get; set; } // SettingsProvider-keywords
    }

    public sealed class SettingsProviderAttribute : Attribute { } // SettingsProviderAttribute

    public sealed class SettingsService // SettingsService
    {
        public static EditorWindow OpenProjectSettings(string settingsPath) { return null; } // SettingsService.OpenProjectSettings
    }

    public sealed class AssemblyReloadEvents // AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback(); // AssemblyReloadEvents.AssemblyReloadCallback
        public static event AssemblyReloadCallback beforeAssemblyReload { add { } remove { } } // AssemblyReloadEvents-beforeAssemblyReload
    }

    public enum PauseState { Paused, Unpaused } // PauseState

    public sealed class EditorApplication // EditorApplication
    {
        public static bool isPaused { get; set; } // EditorApplication-isPaused
        public static void Exit(int returnValue) { } // EditorApplication.Exit
        public static event Action<PauseState> pauseStateChanged { add { } remove { } } // EditorApplication-pauseStateChanged
    }
}

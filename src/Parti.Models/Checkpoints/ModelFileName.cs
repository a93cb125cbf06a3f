namespace Parti.Models.Checkpoints;

/// <summary>Names of files inside a model directory.</summary>
static class ModelFileName
{
    /// <summary>
    /// Whether a name is a plain relative path, <c>/</c> between its parts, that stays inside the directory on every platform:
    /// no empty part, no <c>.</c> or <c>..</c>, no backslash, colon or control character, at most 200 characters.
    /// </summary>
    internal static bool IsSafe(string name) =>
        name.Length is > 0 and <= 200
        && !name.Any(c => c is '\\' or ':' || char.IsControl(c))
        && name.Split('/').All(part => part.Length > 0 && part != "." && part != "..");
}

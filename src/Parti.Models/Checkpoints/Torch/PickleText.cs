namespace Parti.Models.Checkpoints.Torch;

/// <summary>Text of a file in messages.</summary>
internal static class PickleText
{
    /// <summary>At most 80 characters on one line, whatever the file holds.</summary>
    internal static string Shown(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}

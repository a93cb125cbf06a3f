namespace Parti.Models.Families.Importing;

/// <summary>
/// Takes what a wrapper module put before every key off again, as <c>DataParallel</c> (<c>module.</c>), a compiled model (<c>_orig_mod.</c>) and
/// trainers do. A prefix is one only where all keys begin with it.
/// </summary>
internal static class KeyPrefixes
{
    private static readonly string[] Known = ["module.", "model.", "state_dict.", "_orig_mod."];

    /// <summary>The checkpoint by keys without such prefixes.</summary>
    /// <param name="checkpoint">A checkpoint; it goes on living in the result.</param>
    /// <returns>The checkpoint itself where there are none.</returns>
    internal static SourceCheckpoint Strip(SourceCheckpoint checkpoint)
    {
        int length = Length(checkpoint.Tensors.Keys);
        return length == 0 ? checkpoint : new(
            checkpoint.Name, checkpoint.Files,
            checkpoint.Tensors.ToDictionary(entry => entry.Key[length..], SourceTensor (entry) => new Renamed(entry.Value, entry.Key[length..]), StringComparer.Ordinal),
            checkpoint);
    }

    private static int Length(IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        int length = 0;
        while (all.Length > 0 && Known.FirstOrDefault(prefix => all.All(key => key.AsSpan(length).StartsWith(prefix, StringComparison.Ordinal))) is { } found)
        {
            length += found.Length;
        }

        return length;
    }

    private sealed class Renamed(SourceTensor whole, string name) : SourceTensor(name, whole.Type, whole.Shape)
    {
        public override void Read(long offset, Span<byte> destination) => whole.Read(offset, destination);
    }
}

namespace Parti.Models.Families.Importing;

/// <summary>One checkpoint of a source: a file, or the shards that an index names.</summary>
/// <param name="name">File name of the file or of the index, without folder.</param>
/// <param name="files">Full paths of the files that hold it.</param>
/// <param name="tensors">Its tensors by key; keys of wrappers such as <c>model</c> or <c>state_dict</c>, and prefixes that all keys share, are taken off.</param>
/// <param name="open">What keeps the files open.</param>
public sealed class SourceCheckpoint(
    string name, IReadOnlyList<string> files, IReadOnlyDictionary<string, SourceTensor> tensors, IDisposable open) : IDisposable
{
    /// <summary>File name of the file or of the index, without folder.</summary>
    public string Name => name;

    /// <summary>Full paths of the files that hold it.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>Its tensors by key; keys of wrappers such as <c>model</c> or <c>state_dict</c>, and prefixes that all keys share, are taken off.</summary>
    public IReadOnlyDictionary<string, SourceTensor> Tensors => tensors;

    /// <summary>Closes the files.</summary>
    public void Dispose() => open.Dispose();
}

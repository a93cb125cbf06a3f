namespace Parti.Abstractions;

/// <summary>Reads stored pictures. The host registers one next to the client.</summary>
public interface IResultReader
{
    /// <summary>The bytes behind <see cref="ImageSnapshot.Url"/>, or null where there are none.</summary>
    Task<byte[]?> ReadAsync(string url, CancellationToken cancellationToken = default);
}

using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace Parti.Grains.Storage;

/// <summary>Pictures as block blobs of one container. A blob appears whole or not at all, and one that is there is never replaced.</summary>
/// <param name="container">The container; made by <see cref="CreateContainerAsync"/>.</param>
/// <param name="time">The clock; links end by it.</param>
public sealed class AzureResultStore(BlobContainerClient container, TimeProvider time) : IResultStore, IResultLinks
{
    // A minute and a half of an account that answers 503 or 429 is waited for before the caller hears of it.
    private const int Retries = 8;

    // Clocks of two machines may differ by this much.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Client options with the patience that results need.</summary>
    /// <param name="retryDelay">First delay between two tries; each next one is twice as long, at most 20 s. Null for 0.5 s.</param>
    public static BlobClientOptions ClientOptions(TimeSpan? retryDelay = null) =>
        // The newest version of the service's interface is not known to every emulator and sovereign cloud.
        new(BlobClientOptions.ServiceVersion.V2024_11_04)
        {
            Retry =
            {
                Mode = RetryMode.Exponential,
                MaxRetries = Retries,
                Delay = retryDelay ?? TimeSpan.FromSeconds(0.5),
                MaxDelay = TimeSpan.FromSeconds(20),
                NetworkTimeout = TimeSpan.FromSeconds(30),
            },
        };

    /// <summary>Makes the container where it is missing.</summary>
    /// <exception cref="ResultStoreException">The account cannot be reached or refuses.</exception>
    public Task CreateContainerAsync(CancellationToken cancellationToken = default) =>
        GuardAsync("create container", container.Name, () => container.CreateIfNotExistsAsync(cancellationToken: cancellationToken));

    /// <inheritdoc/>
    public async Task<PutOutcome> PutAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ResultPaths.Require(path);
        BlobUploadOptions options = new()
        {
            Conditions = new() { IfNoneMatch = ETag.All },
            HttpHeaders = new() { ContentType = ResultPaths.ContentType(path) },
        };
        return await GuardAsync("write", path, async () =>
        {
            try
            {
                await container.GetBlobClient(path).UploadAsync(new BinaryData(bytes), options, cancellationToken);
                return PutOutcome.Created;
            }
            catch (RequestFailedException exception) when (IsTaken(exception))
            {
                return PutOutcome.AlreadyExists;
            }
        });
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string url, CancellationToken cancellationToken = default)
    {
        ResultPaths.Require(url);
        return await GuardAsync("read", url, async () =>
        {
            try
            {
                Response<BlobDownloadResult> found = await container.GetBlobClient(url).DownloadContentAsync(cancellationToken);
                return found.Value.Content.ToArray();
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
            {
                return null;
            }
        });
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string folder, CancellationToken cancellationToken = default)
    {
        await foreach (string path in ListAsync(folder, cancellationToken))
        {
            await GuardAsync("delete", path, () => container.GetBlobClient(path).DeleteIfExistsAsync(cancellationToken: cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ResultPaths.Require(folder);
        GetBlobsOptions below = new() { Prefix = folder + "/" };
        await using IAsyncEnumerator<BlobItem> blobs = container.GetBlobsAsync(below, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync("list", folder, async () => await blobs.MoveNextAsync()))
        {
            yield return blobs.Current.Name;
        }
    }

    /// <inheritdoc/>
    public async Task<Uri?> CreateLinkAsync(string url, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        ResultPaths.Require(url);
        BlobClient blob = container.GetBlobClient(url);
        DateTimeOffset now = time.GetUtcNow();
        BlobSasBuilder link = new(BlobSasPermissions.Read, now + lifetime)
        {
            BlobContainerName = container.Name,
            BlobName = url,
            Resource = "b",
            StartsOn = now - ClockSkew,
        };
        if (blob.CanGenerateSasUri)
        {
            return blob.GenerateSasUri(link);
        }

        // With an identity in place of the account's key, the account itself lends a key that signs for that identity.
        BlobServiceClient service = container.GetParentBlobServiceClient();
        Response<UserDelegationKey> key = await GuardAsync("sign", url, () => service.GetUserDelegationKeyAsync(link.StartsOn, link.ExpiresOn, cancellationToken));
        return new BlobUriBuilder(blob.Uri) { Sas = link.ToSasQueryParameters(key.Value, service.AccountName) }.ToUri();
    }

    // Azurite and the service answer 409 for a blob that is there; 412 comes where it appeared during the upload.
    private static bool IsTaken(RequestFailedException exception) =>
        exception.Status == 412 || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists;

    private async Task<T> GuardAsync<T>(string action, string path, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException exception)
        {
            throw Explain(exception, action, path);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.OfType<RequestFailedException>().LastOrDefault() is { } last)
        {
            throw Explain(last, action, path);
        }
    }

    private ResultStoreException Explain(RequestFailedException exception, string action, string path)
    {
        string what = $"Cannot {action} {path} in container {container.Name} of {container.AccountName}";
        string answer = exception.Status == 0 ? exception.Message.Split('\n')[0].Trim() : $"{exception.Status} {exception.ErrorCode}".TrimEnd();
        return exception.Status switch
        {
            401 or 403 => new("storage_read_only", $"{what}: the account refuses ({answer}); give the identity the role Storage Blob Data Contributor, or check the connection string.", exception),
            404 => new("storage_failed", $"{what}: {answer}; create the container.", exception),
            0 or 408 or 429 or >= 500 => new("storage_unavailable", $"{what}: the account does not answer ({answer}); try again later.", exception) { IsTransient = true },
            _ => new("storage_failed", $"{what}: {answer}.", exception),
        };
    }
}

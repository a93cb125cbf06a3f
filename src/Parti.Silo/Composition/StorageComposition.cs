using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Parti.Grains;
using Parti.Grains.Storage;

namespace Parti.Silo.Composition;

/// <summary>Gives a silo its stores.</summary>
internal static class StorageComposition
{
    internal static void AddState(this ISiloBuilder silo, StateSettings settings, ServiceConnections connections)
    {
        switch (settings.Kind)
        {
            case StateKind.Redis:
                silo.AddRedisGrainStorage(() => connections.RedisAsync(settings.ConnectionString!));
                break;
            case StateKind.Postgres:
                silo.AddPostgresGrainStorage(connections.Postgres(settings.ConnectionString!));
                break;
            default:
                silo.AddFileGrainStorage(StateFolder.JobsIn(settings.Folder));
                break;
        }
    }

    internal static void AddResults(this IServiceCollection services, StorageSettings settings, StateSettings state)
    {
        if (settings.Kind == StorageKind.Azure)
        {
            services.AddAzureResultStore(ContainerOf(settings));
        }
        else
        {
            services.AddFileResultStore(settings.Folder ?? StateFolder.ResultsIn(state.Folder));
        }
    }

    private static BlobContainerClient ContainerOf(StorageSettings settings)
    {
        BlobClientOptions options = AzureResultStore.ClientOptions();
        try
        {
            return settings.ConnectionString is { } connection
                ? new BlobServiceClient(connection, options).GetBlobContainerClient(settings.Container)
                : new BlobServiceClient(settings.ServiceUri, CredentialOf(settings), options).GetBlobContainerClient(settings.Container);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new SiloStartException($"Parti:Storage:ConnectionString cannot be read ({StartFaults.FirstLine(error)}); copy it from the storage account's access keys.", error);
        }
    }

    // In Kubernetes the identity comes from the pod's service account, on a virtual machine from the machine.
    private static DefaultAzureCredential CredentialOf(StorageSettings settings) => new(new DefaultAzureCredentialOptions
    {
        ManagedIdentityClientId = settings.ManagedIdentityClientId,
        WorkloadIdentityClientId = settings.ManagedIdentityClientId,
        ExcludeInteractiveBrowserCredential = true,
        ExcludeVisualStudioCredential = true,
    });
}

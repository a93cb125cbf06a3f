using System;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Lets libLibTorchSharp.so load where libstdc++ is older than GCC 13 (Debian 12, Ubuntu 22.04).
/// The file names symbol version GLIBCXX_3.4.32, but no relocation uses the one symbol that carries it;
/// marking that version need weak (ELF vernaux, VER_FLG_WEAK) makes the loader accept its absence.
/// Changes the copy in the output only: the package cache may be hard-linked to it, so the file is replaced, not edited.
/// </summary>
public class RepairTorchSharp : Task
{
    const string Version = "GLIBCXX_3.4.32";
    const uint VersionNeed = 0x6ffffffe;
    const int WeakFlag = 2;

    public string File { get; set; }

    public override bool Execute()
    {
        byte[] elf = System.IO.File.ReadAllBytes(File);
        if (elf.Length < 64 || elf[0] != 0x7f || elf[4] != 2 || elf[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file; cannot repair it for older libstdc++.", File);
            return false;
        }
        int flags = FindFlags(elf);
        if (flags < 0 || (BitConverter.ToUInt16(elf, flags) & WeakFlag) != 0)
        {
            return true;
        }
        elf[flags] |= WeakFlag;
        DateTime stamp = System.IO.File.GetLastWriteTimeUtc(File);
        string temporary = File + ".repairing";
        System.IO.File.WriteAllBytes(temporary, elf);
        // The packaged time stamp is kept so that the next build sees an up-to-date copy and leaves it alone.
        System.IO.File.SetLastWriteTimeUtc(temporary, stamp);
        System.IO.File.Delete(File);
        System.IO.File.Move(temporary, File);
        Log.LogMessage(MessageImportance.High, "Repaired {0}: need of {1} marked weak, so that it loads on older Linux distributions.", File, Version);
        return true;
    }

    static int FindFlags(byte[] elf)
    {
        long table = BitConverter.ToInt64(elf, 40);
        int size = BitConverter.ToUInt16(elf, 58), count = BitConverter.ToUInt16(elf, 60);
        for (int i = 0; i < count; i++)
        {
            int section = (int)table + i * size;
            if (BitConverter.ToUInt32(elf, section + 4) != VersionNeed)
            {
                continue;
            }
            int strings = (int)table + (int)BitConverter.ToUInt32(elf, section + 40) * size;
            int names = (int)BitConverter.ToInt64(elf, strings + 24);
            int need = (int)BitConverter.ToInt64(elf, section + 24);
            while (true)
            {
                int entry = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (int k = BitConverter.ToUInt16(elf, need + 2); k > 0; k--)
                {
                    if (Matches(elf, names + (int)BitConverter.ToUInt32(elf, entry + 8)))
                    {
                        return entry + 4;
                    }
                    entry += (int)BitConverter.ToUInt32(elf, entry + 12);
                }
                int next = (int)BitConverter.ToUInt32(elf, need + 12);
                if (next == 0)
                {
                    break;
                }
                need += next;
            }
        }
        return -1;
    }

    static bool Matches(byte[] elf, int at)
    {
        for (int i = 0; i < Version.Length; i++)
        {
            if (elf[at + i] != Version[i])
            {
                return false;
            }
        }
        return elf[at + Version.Length] == 0;
    }
}
